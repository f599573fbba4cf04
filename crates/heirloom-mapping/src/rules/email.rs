//! C003: e-mail addresses; what is none is kept as a note.

use heirloom_model::{Code, Email};

use crate::desk::Desk;
use crate::read::Seen;

/// The addresses of a cell; unusable text goes to the notes.
pub(crate) fn check(
    desk: &mut Desk<'_>,
    kind: &'static str,
    seen: &Seen<'_>,
    emails: &mut Vec<Email>,
    notes: &mut Vec<String>,
) {
    let inner = seen.text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    let text = inner.map_or(&*seen.text, |(address, _)| address);
    let mut unusable: Vec<&str> = Vec::new();
    for word in text.split([';', ',', ' ', '\t', '\n', '\r']) {
        let word = word.trim_start_matches("mailto:").trim_matches(['<', '>', '.', '"', '\'']);
        if word.is_empty() {
            continue;
        }
        if !is_address(word) {
            unusable.push(word);
        } else if !emails.iter().any(|e| e.address.eq_ignore_ascii_case(word)) {
            emails.push(Email { kind, address: word.to_owned() });
        }
    }
    if !unusable.is_empty() {
        let text = unusable.join(" ");
        desk.add(Code::BadEmail, seen, "");
        notes.push(format!("unusable e-mail: {text}"));
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let label =
        |l: &str| !l.is_empty() && !l.starts_with('-') && l.chars().all(|c| c.is_alphanumeric() || c == '-');
    !local.is_empty()
        && local.len() <= 64
        && text.len() <= 254
        && !local.contains("..")
        && !text.chars().any(|c| c.is_control() || c == '(' || c == ')')
        && domain.contains('.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn addresses_are_taken_and_the_rest_is_kept_as_a_note() {
        let toml = "[fields]\nlast = { column = \"last\" }\n[[email]]\nkind = \"Home\"\naddress = { column = \"mail\" }";
        let check = |mail: &str, expected: &str, code: &str| {
            let row = format!("1|Lee|{mail}");
            let file = Gifts::donors(toml, "id|last|mail", &[&row]);
            let donor = file.donor(0);
            let mut shown: Vec<String> = donor.reach.emails.iter().map(|e| e.address.clone()).collect();
            shown.extend(donor.notes);
            assert_eq!(shown.join(" + "), expected, "{mail}");
            assert_eq!(file.codes(), [code], "{mail}");
        };
        check("ann@x.org", "ann@x.org", "donor");
        check("ann@x.org; Bo@y.co.uk, ANN@X.ORG", "ann@x.org + Bo@y.co.uk", "donor");
        check("Ann Lee <ann@x.org>", "ann@x.org", "donor");
        check("ann@x", "unusable e-mail: ann@x", "donor C003 C007");
        check("none", "unusable e-mail: none", "donor C003 C007");
        check("a@b@c.org ann@x.org", "ann@x.org + unusable e-mail: a@b@c.org", "donor C003");
    }
}
