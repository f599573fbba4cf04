//! C011: household, organization, foundation or anonymous.

use heirloom_model::Code;

use super::error_cell;
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::read::Scene;
use crate::spec::{DonorAction, DonorSpec};

/// What the mapping says of the donor's kind; `Ok(None)` if it does not ask.
pub(crate) fn check<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    spec: &'a DonorSpec,
    scene: &Scene<'_>,
) -> Result<Option<&'a DonorAction>, ()> {
    let Some(value) = &spec.kind else {
        return Ok(None);
    };
    let seen = mapper.reader.read(value, scene);
    if !error_cell::is_usable(desk, &seen) {
        return Err(());
    }
    match spec.kinds.get(&seen.text) {
        Some(action) => Ok(Some(action)),
        None => {
            desk.add(Code::UnmappedKind, &seen, "");
            Err(())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_kind_must_be_mapped_and_may_be_excluded() {
        let toml = "[fields]\nkind = { column = \"kind\" }\nlast = { column = \"last\" }\norganization = { column = \"org\" }\n[values.donor_kind]\nI = \"household\"\nO = \"organization\"\nX = { excluded = \"vendors\" }\nA = \"anonymous\"";
        let file = Gifts::donors(
            toml,
            "id|kind|last|org",
            &["1|i|Lee|", "2|O||Acme", "3|X||", "4|?|Lee|", "5|A||", "6|O|Lee|"],
        );
        assert_eq!(
            file.codes(),
            ["donor C007", "donor C007", "excluded vendors", "held C011 C007", "donor", "held C009 C007"],
        );
    }
}
