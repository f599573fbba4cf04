//! F005: a companion row that no row of the main file refers to.

use heirloom_model::Code;

use crate::desk::Desk;

pub(crate) fn report(desk: &mut Desk<'_>, name: &str, key: &str) {
    desk.add_text(Code::Unjoined, key, format!("in the companion file \"{name}\""));
}

#[cfg(test)]
mod tests {
    use heirloom_model::{Money, Place};

    use crate::testing::Gifts;

    #[test]
    fn a_companion_row_that_nobody_needs_is_held_or_excluded() {
        let check = |unused: &str, expected: &str| {
            let toml = format!(
                "[[join]]\nname = \"p\"\nfile = {{ name = \"p.csv\" }}\nkey = \"pid\"\non = {{ column = \"Extra\" }}\nunused = {unused}\nunused_amount = {{ column = \"worth\" }}\nunused_date = {{ column = \"day\" }}\n"
            );
            let file = Gifts::new(&toml, &["1|D1|1/31/2020|1|GEN|Cash|a"])
                .with("pid|worth|day\na|1.00|2020-01-31\nb|2.50|2020-02-01");
            let placed = file.unjoined();
            assert_eq!(placed.len(), usize::from(!expected.is_empty()), "{unused}");
            for placed in placed {
                assert_eq!(crate::testing::code_line(&placed), expected);
                let (Place::Held { known } | Place::Excluded { known, .. }) = placed.place else { panic!() };
                assert_eq!(known.amount.map(|m: Money| m.minor()), Some(250));
                assert_eq!(known.date.map(|d| d.year()), Some(2020));
            }
        };
        check("\"held\"", "held F005");
        check("{ excluded = \"unpaid\" }", "excluded unpaid");
        check("\"ignore\"", "");
    }
}
