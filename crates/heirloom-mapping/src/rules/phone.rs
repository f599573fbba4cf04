//! C004: telephone numbers; what is none is kept as a note.

use heirloom_model::{Code, Phone, PhoneKind};

use crate::desk::Desk;
use crate::read::Seen;

/// The number of a cell; unusable text goes to the notes.
pub(crate) fn check(
    desk: &mut Desk<'_>,
    kind: PhoneKind,
    seen: &Seen<'_>,
    phones: &mut Vec<Phone>,
    notes: &mut Vec<String>,
) {
    for text in seen.text.split(';').map(str::trim).filter(|t| !t.is_empty()) {
        match number(text) {
            Some(number) if phones.iter().any(|p| p.number == number) => {}
            Some(number) => phones.push(Phone { kind, number }),
            None => {
                desk.add(Code::BadPhone, seen, "");
                notes.push(format!("unusable phone: {text}"));
            }
        }
    }
}

/// `(512) 555-0142` for a North American number, else as written; `None` for no number.
fn number(text: &str) -> Option<String> {
    let (main, extension) = split_extension(text);
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    if main.chars().any(char::is_alphabetic) || !(7..=15).contains(&digits.len()) {
        return None;
    }
    let national = match (digits.len(), digits.strip_prefix('1')) {
        (10, _) => Some(digits.as_str()),
        (11, Some(rest)) => Some(rest),
        _ => None,
    };
    let is_foreign = main.trim_start().starts_with('+') && digits.len() == 10;
    let fits = |n: &&str| !is_foreign && n.as_bytes()[0] >= b'2' && n.as_bytes()[3] >= b'2';
    Some(match national.filter(fits) {
        Some(n) => {
            let extension = extension.map_or_else(String::new, |e| format!(" x{e}"));
            format!("({}) {}-{}{extension}", &n[..3], &n[3..6], &n[6..])
        }
        None => text.to_owned(),
    })
}

/// `555-0142 ext. 12` and `x12`, `#12`.
fn split_extension(text: &str) -> (&str, Option<&str>) {
    let Some(at) = text.find(['x', 'X', 'e', 'E', '#']).filter(|at| *at >= 7) else {
        return (text, None);
    };
    let tail =
        text[at..].trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, '#' | '.' | ' ' | ':'));
    let word = text[at..text.len() - tail.len()].trim_end_matches(['.', ' ', ':']);
    let is_word = ["x", "ext", "extension", "extn", "#"].iter().any(|w| w.eq_ignore_ascii_case(word));
    if is_word && (1..=8).contains(&tail.len()) && tail.bytes().all(|b| b.is_ascii_digit()) {
        (&text[..at], Some(tail))
    } else {
        (text, None)
    }
}

#[cfg(test)]
mod numbered {
    use heirloom_model::PhoneKind;

    use crate::testing::Gifts;

    #[test]
    fn a_numbered_column_is_a_phone_or_an_e_mail_as_its_type_says() {
        let toml = r#"[fields]
last = { column = "last" }
[[phone]]
kind = "Mobile"
repeat = 3
when = [{ column = "Ph_{n}_type", is = ["Cell"] }]
number = { column = "Ph_{n}_number" }
[[email]]
kind = "Home"
repeat = 3
when = [{ column = "Ph_{n}_type", is = ["E-mail"] }]
address = { column = "Ph_{n}_number" }
"#;
        let header = "id|last|Ph_01_type|Ph_01_number|Ph_02_type|Ph_02_number";
        let file = Gifts::donors(toml, header, &["1|Lee|E-mail|lee@example.org|Cell|512-555-0142"]);
        let reach = file.donor(0).reach;
        assert_eq!((reach.phones.len(), reach.phones[0].kind), (1, PhoneKind::Mobile));
        assert_eq!(reach.emails[0].address, "lee@example.org");
    }
}

#[cfg(test)]
mod tests {
    use super::number;
    use crate::testing::Gifts;

    #[test]
    fn north_american_numbers_get_one_form_and_others_stay() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(number(text).as_deref(), expected, "{text}");
        for text in ["5125550142", "512-555-0142", "+1 (512) 555.0142", "1-512-555-0142"] {
            check(text, Some("(512) 555-0142"));
        }
        check("512-555-0142 ext. 12", Some("(512) 555-0142 x12"));
        check("512.555.0142x7", Some("(512) 555-0142 x7"));
        check("+44 20 7946 0958", Some("+44 20 7946 0958"));
        check("555-0142", Some("555-0142"));
        check("112-555-0142", Some("112-555-0142"));
        check("0142", None);
        check("ann@x.org", None);
        check("512-555-0142 (Bob)", None);
    }

    #[test]
    fn what_is_no_number_is_kept_as_a_note() {
        let toml = "[fields]\nlast = { column = \"last\" }\n[[phone]]\nkind = \"Mobile\"\nnumber = { column = \"tel\" }";
        let file = Gifts::donors(toml, "id|last|tel", &["1|Lee|call Ann", "2|Lee|512-555-0142"]);
        assert_eq!(file.codes(), ["donor C004 C007", "donor"]);
        assert_eq!(file.donor(0).notes, ["unusable phone: call Ann"]);
    }
}
