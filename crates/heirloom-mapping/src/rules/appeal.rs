//! G018, G022: the appeal, by which a segment is chosen.

use heirloom_model::Code;

use super::error_cell;
use crate::desk::Desk;
use crate::read::Seen;
use crate::spec::GiftSpec;

/// The segment code of an appeal as written; a blank appeal has none unless the mapping says so.
pub(crate) fn check(desk: &mut Desk<'_>, spec: &GiftSpec, seen: &Seen<'_>, required: bool) -> Option<String> {
    if !error_cell::is_usable(desk, seen) {
        return None;
    }
    match spec.appeals.get(&seen.text) {
        Some(code) => {
            if seen.is_blank() && !code.is_empty() {
                desk.add(Code::BlankMapped, seen, format!("no appeal is read as {code}"));
            }
            (!code.is_empty()).then(|| code.clone())
        }
        None if seen.is_blank() && !required => None,
        None if seen.is_constant => Some(seen.text.to_string()),
        None => {
            desk.add(Code::UnmappedAppeal, seen, "");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn an_appeal_is_looked_up_and_may_lead_nowhere() {
        let file = Gifts::new(
            "[fields]\nappeal = { column = \"Extra\" }\n[values.appeal]\n\"Fall 98\" = \"F98\"\n\"Other\" = \"\"",
            &[
                "1|D1|1/31/2020|1|GEN|Cash|fall 98",
                "2|D1|1/31/2020|1|GEN|Cash|Other",
                "3|D1|1/31/2020|1|GEN|Cash|",
                "4|D1|1/31/2020|1|GEN|Cash|Spring",
            ],
        );
        assert_eq!(file.codes(), ["gift", "gift", "gift", "held G018"]);
        assert_eq!(file.gift(0).details.segment.as_deref(), Some("F98"));
        assert_eq!(file.gift(1).details.segment, None);
    }
}
