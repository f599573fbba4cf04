//! G012, G022: the fund, by which a project is chosen.

use heirloom_model::Code;

use super::error_cell;
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::read::Seen;
use crate::spec::GiftSpec;

/// The project code of a fund as written.
pub(crate) fn check(desk: &mut Desk<'_>, spec: &GiftSpec, seen: &Seen<'_>, required: bool) -> Option<String> {
    if !error_cell::is_usable(desk, seen) {
        return None;
    }
    let code = spec.funds.get(&seen.text).filter(|_| !(required && seen.is_blank()));
    match code {
        Some(code) => {
            if seen.is_blank() {
                desk.add(Code::BlankMapped, seen, format!("no fund is read as {code}"));
            }
            Some(code.clone())
        }
        None if seen.is_constant => Some(seen.text.to_string()),
        None => {
            desk.add(Code::UnmappedFund, seen, "");
            None
        }
    }
}

/// The project code without any finding.
pub(crate) fn quiet(mapper: &Mapper<'_>, spec: &GiftSpec, seen: &Seen<'_>) -> Option<String> {
    debug_assert!(std::ptr::eq(mapper.mapping, mapper.reader.mapping));
    let found = spec.funds.get(&seen.text).cloned();
    found.or_else(|| (seen.is_constant && !seen.is_blank()).then(|| seen.text.to_string()))
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_fund_is_looked_up_and_a_blank_is_counted() {
        let file = Gifts::new(
            "[values.fund]\n\"\" = \"GEN\"\n\"Roof Fund\" = \"ROOF\"",
            &["1|D1|1/31/2020|1|roof  fund|Cash", "2|D1|1/31/2020|1||Cash", "3|D1|1/31/2020|1|Stairs|Cash"],
        );
        assert_eq!(file.codes(), ["gift", "gift G022", "held G012"]);
        assert_eq!(file.gift(0).designations.parts()[0].project, "ROOF");
    }
}
