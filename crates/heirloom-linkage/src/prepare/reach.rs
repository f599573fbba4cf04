//! Telephone numbers and e-mail addresses in the one form in which they are compared.

use super::lexicon::{Lexicon, Word};

/// An e-mail address.
#[derive(Clone, Copy)]
pub(crate) struct Mail {
    /// What stands before the `@`.
    pub local: Word,
    /// What stands behind it.
    pub domain: u32,
    /// Whether anyone can have an address at the domain (gmail.com …), so that sharing the
    /// domain says nothing.
    pub public: bool,
}

impl Mail {
    /// The whole address as one number.
    pub fn whole(&self) -> u64 {
        u64::from(self.local.id) << 32 | u64::from(self.domain)
    }
}

const PUBLIC_DOMAINS: [&str; 26] = [
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "ymail.com",
    "rocketmail.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "msn.com",
    "aol.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "comcast.net",
    "verizon.net",
    "sbcglobal.net",
    "att.net",
    "bellsouth.net",
    "cox.net",
    "charter.net",
    "earthlink.net",
    "optonline.net",
    "juno.com",
    "mail.com",
    "protonmail.com",
    "proton.me",
];

/// Texts people type to fill a required field.
const NOBODY: [&str; 8] = ["none", "noemail", "na", "no", "unknown", "test", "noreply", "donotreply"];

/// The digits by which a telephone number compares: 10 for North America, without the
/// leading 1 and the extension; `None` for less than 7 digits or one digit repeated.
pub(crate) fn phone_digits(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let number = lower.split(['x', ';', '/']).next().unwrap_or_default();
    let number = number.split("ext").next().unwrap_or_default();
    let mut digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 11 && digits.starts_with('1') {
        digits.remove(0);
    }
    let bytes = digits.as_bytes();
    let all_same = bytes.iter().all(|b| Some(b) == bytes.first());
    if !(7..=15).contains(&digits.len()) || all_same {
        return None;
    }
    digits.parse().ok()
}

/// The e-mail addresses in a cell; several may be separated by `;`, `,` or spaces.
pub(crate) fn mails<'a>(text: &'a str, lexicon: &'a Lexicon) -> impl Iterator<Item = Mail> + 'a {
    text.split([';', ',', ' ', '<', '>']).filter_map(|one| mail(one, lexicon))
}

fn mail(text: &str, lexicon: &Lexicon) -> Option<Mail> {
    let lower = text.trim().trim_start_matches("mailto:").to_lowercase();
    let (local, domain) = lower.split_once('@')?;
    if local.is_empty() || !domain.contains('.') || NOBODY.contains(&local) {
        return None;
    }
    Some(Mail {
        local: lexicon.word(local),
        domain: lexicon.id(domain),
        public: PUBLIC_DOMAINS.contains(&domain),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_compare_by_ten_digits() {
        for (text, expected) in [
            ("(512) 555-0142", Some(5_125_550_142)),
            ("+1 512.555.0142", Some(5_125_550_142)),
            ("512-555-0142 ext. 9", Some(5_125_550_142)),
            ("5125550142x12", Some(5_125_550_142)),
            ("555-0142", Some(5_550_142)),
            ("000-000-0000", None),
            ("n/a", None),
        ] {
            assert_eq!(phone_digits(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cell_may_hold_several_addresses_or_none() {
        let lexicon = Lexicon::new();
        for (text, count) in [
            ("Ann@Example.org", 1),
            ("a@b.org; c@d.org", 2),
            ("Ann Lee <ann@lee.org>", 1),
            ("none@none.com", 0),
            ("not an address", 0),
        ] {
            assert_eq!(mails(text, &lexicon).count(), count, "{text}");
        }
        let id = |text: &str| mails(text, &lexicon).next().expect("one").whole();
        assert_eq!(id("ANN@EXAMPLE.ORG"), id(" ann@example.org"));
    }
}
