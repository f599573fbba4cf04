//! G014, G015: what the old system's gift type makes of a row.

use heirloom_model::{Code, PromiseKind};

use crate::desk::Desk;
use crate::read::{Reader, Scene, Seen};
use crate::spec::{GiftSpec, TypeAction};

/// What a type says.
pub(crate) enum Verdict<'m, 'r> {
    Gift,
    Reversal,
    Excluded(&'m str),
    Promise(PromiseKind, &'m str),
    Held(Seen<'r>),
    Unknown(Seen<'r>),
}

pub(crate) fn verdict<'m: 'r, 'r>(
    reader: &Reader<'m>,
    spec: &'m GiftSpec,
    scene: &Scene<'r>,
) -> Verdict<'m, 'r> {
    let Some(value) = &spec.kind else {
        return Verdict::Gift;
    };
    let seen = reader.read(value, scene);
    match spec.types.get(&seen.text) {
        Some(TypeAction::Gift) => Verdict::Gift,
        Some(TypeAction::Reversal) => Verdict::Reversal,
        Some(TypeAction::Excluded(rule)) => Verdict::Excluded(rule),
        Some(TypeAction::Promise(kind, rule)) => Verdict::Promise(*kind, rule),
        Some(TypeAction::Held) => Verdict::Held(seen),
        None => Verdict::Unknown(seen),
    }
}

/// The same as far as the main file alone can tell; a type from a companion counts as a gift.
pub(crate) fn by_main<'m: 'r, 'r>(
    reader: &Reader<'m>,
    spec: &'m GiftSpec,
    scene: &Scene<'r>,
) -> Verdict<'m, 'r> {
    match &spec.kind {
        Some(value) if value.uses_companion() => Verdict::Gift,
        _ => verdict(reader, spec, scene),
    }
}

/// Adds the finding of a row that is neither gift nor excluded.
pub(crate) fn report(desk: &mut Desk<'_>, verdict: &Verdict<'_, '_>) {
    match verdict {
        Verdict::Gift | Verdict::Reversal | Verdict::Excluded(_) | Verdict::Promise(..) => {}
        Verdict::Held(seen) => desk.add(Code::TypeHeld, seen, ""),
        Verdict::Unknown(seen) => {
            if super::error_cell::is_usable(desk, seen) {
                desk.add(Code::UnmappedType, seen, "");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use heirloom_model::Tender;

    use crate::testing::Gifts;

    #[test]
    fn a_reversal_is_negative_whatever_its_method() {
        let types = "[types]\n\"Cash\" = \"gift\"\n\"Refund\" = \"reversal\"\n[fields]\ntype = { column = \"Extra\" }";
        let file = Gifts::new(
            types,
            &[
                "1|D1|1/31/2020|-5|GEN|Barter|Refund",
                "2|D1|1/31/2020|5|GEN|Cash|Refund",
                "3|D1|1/31/2020|-5|GEN|Cash|Cash",
            ],
        );
        assert_eq!(file.codes(), ["gift", "held G015", "held G006"]);
        assert_eq!(file.gift(0).tender, Tender::Reversing);
    }

    #[test]
    fn only_types_that_are_gifts_go_on() {
        let types = r#"
[types]
"Cash" = "gift"
"Pledge" = { excluded = "pledge: a promise" }
"Adjustment" = "held"
[fields]
type = { column = "Method" }
"#;
        let file = Gifts::new(
            types,
            &[
                "1|D1|1/31/2020|1|GEN|cash",
                "1|D1|1/31/2020|1|GEN|Pledge",
                "1|D1|1/31/2020|1|GEN|Adjustment",
                "4|D1|1/31/2020|1|GEN|Check",
                "5|D1|soon|1|GEN|",
            ],
        );
        assert_eq!(
            file.codes(),
            ["gift", "excluded pledge: a promise", "held G015 G013", "held G014", "held G014 G013 G001"],
        );
    }
}
