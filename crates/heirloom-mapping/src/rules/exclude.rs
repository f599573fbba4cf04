//! `[[exclude]]`: rows that a named rule leaves out, looked at before anything else.

use crate::read::{Reader, Scene};
use crate::spec::Exclude;

fn first<'m>(reader: &Reader<'m>, scene: &Scene<'_>, counts: impl Fn(&Exclude) -> bool) -> Option<&'m str> {
    let mapping = reader.mapping;
    mapping
        .excludes
        .iter()
        .find(|e| counts(e) && e.when.iter().all(|c| reader.holds(c, scene)))
        .map(|e| e.rule.as_str())
}

/// The first rule whose conditions all hold.
pub(crate) fn rule<'m>(reader: &Reader<'m>, scene: &Scene<'_>) -> Option<&'m str> {
    first(reader, scene, |_| true)
}

/// The same, of the rules that need no companion file.
pub(crate) fn by_main<'m>(reader: &Reader<'m>, scene: &Scene<'_>) -> Option<&'m str> {
    first(reader, scene, |e| e.when.iter().all(|c| !c.value.uses_companion()))
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

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
