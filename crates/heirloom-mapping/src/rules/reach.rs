//! C007: a donor without e-mail, phone or address can be matched by name and reference only.

use heirloom_model::{Code, Contactable};

use crate::desk::Desk;

pub(crate) fn check(desk: &mut Desk<'_>, reach: &Contactable) {
    if reach.addresses.is_empty() && reach.phones.is_empty() && reach.emails.is_empty() {
        desk.add_text(Code::NothingToMatch, "", "");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn one_way_to_reach_a_donor_is_enough() {
        let toml = "[fields]\nlast = { column = \"last\" }\n[[address]]\ncity = { column = \"city\" }";
        let file = Gifts::donors(toml, "id|last|city", &["1|Lee|Austin", "2|Lee|"]);
        assert_eq!(file.codes(), ["donor", "donor C007"]);
    }
}
