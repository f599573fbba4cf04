//! C008, C009: the names of a donor.

use heirloom_model::{Code, Person};

use crate::desk::Desk;
use crate::read::Seen;

/// Says that two people stand in one name.
pub(crate) fn two_in_one(desk: &mut Desk<'_>, seen: &Seen<'_>, first: &Person, second: &Person) {
    let detail = format!("read as {} and {}", first.display_name(), second.display_name());
    desk.add(Code::TwoInOneName, seen, detail);
}

/// Says that there is no name where one is needed.
pub(crate) fn missing(desk: &mut Desk<'_>, what: &str) {
    desk.add_text(Code::NoName, "", what);
}

#[cfg(test)]
mod tests {
    use heirloom_model::DonorKind;

    use crate::testing::Gifts;

    #[test]
    fn two_people_in_one_name_become_two() {
        let toml = "[fields]\nfirst = { column = \"first\" }\nlast = { column = \"last\" }\nname = { column = \"name\" }";
        let file = Gifts::donors(
            toml,
            "id|first|last|name",
            &["1|John & Mary|Smith|", "2|||John and Mary Smith", "3|Ann|Lee|", "4|||", "5|||Acme, Inc."],
        );
        assert_eq!(
            file.codes(),
            ["donor C008 C007", "donor C008 C007", "donor C007", "held C009 C007", "donor C007"],
        );
        for index in [0, 1] {
            let DonorKind::Household { first, second } = file.donor(index).kind else { panic!() };
            assert_eq!((first.first.as_str(), first.last.as_str()), ("John", "Smith"));
            assert_eq!(second.map(|s| s.display_name()).as_deref(), Some("Mary Smith"));
        }
        assert_eq!(file.donor(4).kind.organization_name(), Some("Acme, Inc."));
    }
}
