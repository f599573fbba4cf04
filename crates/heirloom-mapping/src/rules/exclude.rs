//! `[[exclude]]`: rows that a named rule leaves out, looked at before anything else; and `[[hold]]`:
//! rows that a named rule gives to a person.

use crate::read::{Reader, Scene};
use crate::spec::Exclude;

/// The first rule whose conditions all hold.
pub(crate) fn rule<'m>(reader: &Reader<'m>, scene: &Scene<'_>) -> Option<&'m str> {
    first(&reader.mapping.excludes, reader, scene, |_| true)
}

/// The same, of the rules that need no companion file.
pub(crate) fn by_main<'m>(reader: &Reader<'m>, scene: &Scene<'_>) -> Option<&'m str> {
    let needs_none = |e: &Exclude| e.when.iter().all(|c| !c.uses_companion());
    first(&reader.mapping.excludes, reader, scene, needs_none)
}

/// The first rule of `[[hold]]` whose conditions all hold.
pub(crate) fn hold<'m>(reader: &Reader<'m>, scene: &Scene<'_>) -> Option<&'m str> {
    first(&reader.mapping.holds, reader, scene, |_| true)
}

fn first<'m>(
    rules: &'m [Exclude],
    reader: &Reader<'m>,
    scene: &Scene<'_>,
    counts: impl Fn(&Exclude) -> bool,
) -> Option<&'m str> {
    rules.iter().find(|e| counts(e) && e.when.iter().all(|c| reader.holds(c, scene))).map(|e| e.rule.as_str())
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_named_rule_holds_a_row_for_a_person() {
        let rules =
            "[[hold]]\nrule = \"partly refunded\"\nwhen = [ { column = \"Extra\", is_not = [\"0\", \"\"] } ]";
        let file = Gifts::new(rules, &["1|D1|1/31/2020|9|GEN|Cash|3.00", "2|D1|1/31/2020|9|GEN|Cash|0"]);
        assert_eq!(file.codes(), ["held G015", "gift"]);
        assert_eq!(file.placed()[0].findings[0].detail, "partly refunded");
    }

    #[test]
    fn all_conditions_of_a_rule_must_hold_and_the_first_rule_names_the_row() {
        let rules = r#"
[[exclude]]
rule = "test gifts"
when = [ { column = "fund", is = ["test", ""] }, { column = "amount", matches = "^1(\\.0+)?$" } ]
[[exclude]]
rule = "no method"
when = [ { column = "method", blank = true } ]
"#;
        let file = Gifts::new(
            rules,
            &[
                "1|D1|1/31/2020|1.00|TEST|Cash",
                "1|D1|1/31/2020|2.00|GEN|Cash",
                "3|||1.00||",
                "4||1/31/2020|2.00|GEN|",
            ],
        );
        assert_eq!(
            file.codes(),
            ["excluded test gifts", "gift", "excluded test gifts", "excluded no method"],
        );
    }
}
