//! G021: a filled reference that leads to no companion row, or to several.

use heirloom_model::Code;

use crate::desk::Desk;
use crate::joins::Dangling;
use crate::mapper::Mapper;

pub(crate) fn report(desk: &mut Desk<'_>, mapper: &Mapper<'_>, dangling: &[Dangling<'_>]) {
    for missing in dangling {
        let join = &mapper.mapping.companions[missing.join];
        if desk.has(Code::NoJoin, &missing.seen) {
            continue;
        }
        let detail = match missing.rows {
            0 => format!("no row of \"{}\" has this id", join.name),
            rows => format!("{rows} rows of \"{}\" have this id", join.name),
        };
        desk.add(Code::NoJoin, &missing.seen, detail);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    const JOIN: &str = "[[join]]\nname = \"person\"\nfile = { name = \"p.csv\" }\nkey = \"pid\"\non = { column = \"Extra\" }\n";

    #[test]
    fn a_reference_must_lead_to_one_row() {
        let people = "pid|who\na|D1\nb|D2\nb|D3";
        let rows = [
            "1|D1|1/31/2020|1|GEN|Cash|a",
            "2|D1|1/31/2020|1|GEN|Cash|z",
            "3|D1|1/31/2020|1|GEN|Cash|b",
            "4|D1|1/31/2020|1|GEN|Cash|",
        ];
        let fields = "[fields]\ndonor = { from = \"person\", column = \"who\" }";
        let held = Gifts::new(&format!("{JOIN}{fields}"), &rows).with(people);
        assert_eq!(held.codes(), ["gift", "held G011 G021", "held G011 G021", "held G011"]);
        let blank =
            Gifts::new(&format!("{JOIN}missing = \"blank\"\n{fields}\ndonor_blank = \"anonymous\""), &rows)
                .with(people);
        assert_eq!(blank.codes(), ["gift", "gift", "held G021", "gift"]);
    }
}
