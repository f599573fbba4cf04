//! When two keys, names, places or people are one, and what a draft says about a person and a place.

use crate::draft::ContactDraft;
use crate::facts::{Individual, PostalAddress};

/// A pair as a key: letter case folded, as the vendor's database compares.
pub(crate) fn fold(source: &str, id: &str) -> String {
    format!("{}\u{1f}{}", source.to_lowercase(), id.to_lowercase())
}

/// A phone number's digits without the country's 1; none when too few to tell people apart.
pub(crate) fn digits(phone: &str) -> Option<String> {
    let all: String = phone.chars().filter(char::is_ascii_digit).collect();
    let local = if all.len() == 11 { all.strip_prefix('1').unwrap_or(&all).to_string() } else { all };
    (local.len() >= 7).then_some(local)
}

/// A name with a street and a postal code; none when one of them is missing.
pub(crate) fn place(name: &str, address1: &str, postal: &str) -> Option<String> {
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let parts = [plain(name), plain(address1), plain(postal)];
    parts.iter().all(|part| !part.is_empty()).then(|| parts.join("\u{1f}"))
}

/// A name in plain lower-case words; none when it is empty.
pub(crate) fn name_key(name: &str) -> Option<String> {
    let plain = words(name).join(" ");
    (!plain.is_empty()).then_some(plain)
}

/// A street with its usual abbreviations written out and a postal code's first five digits; none when one is missing.
pub(crate) fn street_key(address1: &str, postal: &str) -> Option<String> {
    let street = words(address1).iter().map(|word| long_form(word).to_string()).collect::<Vec<_>>().join(" ");
    let postal: String = postal.chars().filter(char::is_ascii_alphanumeric).take(5).collect();
    (!street.is_empty() && !postal.is_empty())
        .then(|| format!("{street}\u{1f}{}", postal.to_ascii_lowercase()))
}

/// A text's words in lower case, without punctuation.
fn words(text: &str) -> Vec<String> {
    let plain = text.to_lowercase();
    let parts = plain.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(String::from).collect()
}

/// What an abbreviation in a street stands for.
fn long_form(word: &str) -> &str {
    const FORMS: [(&str, &str); 16] = [
        ("st", "street"),
        ("ave", "avenue"),
        ("av", "avenue"),
        ("rd", "road"),
        ("dr", "drive"),
        ("ln", "lane"),
        ("blvd", "boulevard"),
        ("ct", "court"),
        ("pl", "place"),
        ("hwy", "highway"),
        ("apt", "apartment"),
        ("n", "north"),
        ("s", "south"),
        ("e", "east"),
        ("w", "west"),
        ("ste", "suite"),
    ];
    FORMS.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| long)
}

/// Whether two names differ by one letter added, lost, changed or swapped with its neighbour at most.
pub(crate) fn nearly(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match long.len() - short.len() {
        0 if same == short.len() => true,
        0 => {
            let swapped = same + 1 < short.len()
                && short[same] == long[same + 1]
                && short[same + 1] == long[same]
                && short[same + 2..] == long[same + 2..];
            swapped || short[same + 1..] == long[same + 1..]
        }
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

/// Whether two e-mails or two phones are one.
pub(crate) fn same_value(old: &str, new: &str) -> bool {
    old.eq_ignore_ascii_case(new)
        || (!old.contains('@') && digits(old).is_some() && digits(old) == digits(new))
}

/// Whether two addresses are one.
pub(crate) fn same_address(old: &PostalAddress, new: &PostalAddress) -> bool {
    place("x", &old.address1, &old.postal) == place("x", &new.address1, &new.postal)
        && old.city.eq_ignore_ascii_case(&new.city)
}

/// Whether two people of one contact are one.
pub(crate) fn same_person(old: &Individual, new: &Individual) -> bool {
    old.first.eq_ignore_ascii_case(&new.first) && old.last.eq_ignore_ascii_case(&new.last)
}

/// The person a draft names.
pub(crate) fn person_of(draft: &ContactDraft) -> Option<Individual> {
    (!draft.first.is_empty() || !draft.last.is_empty()).then(|| Individual {
        id: 0,
        prefix: draft.title.clone(),
        first: draft.first.clone(),
        middle: draft.middle.clone(),
        last: draft.last.clone(),
        suffix: draft.suffix.clone(),
        gender: draft.gender.clone(),
        birth: draft.birth.clone(),
        ..Individual::default()
    })
}

/// The address a draft names.
pub(crate) fn address_of(draft: &ContactDraft) -> Option<PostalAddress> {
    let address = PostalAddress {
        address1: draft.address1.clone(),
        address2: draft.address2.clone(),
        city: draft.city.clone(),
        state: draft.state.clone(),
        postal: draft.postal.clone(),
        country: draft.country.clone(),
        ..PostalAddress::default()
    };
    let named = [&address.address1, &address.city, &address.postal];
    named.iter().any(|part| !part.is_empty()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_of_the_pen_is_near_and_two_are_not() {
        for (a, b, expected) in [
            ("Morgan", "morgan", true),
            ("Morgan", "Morgen", true),
            ("Morgan", "Mrogan", true),
            ("Morgan", "Morga", true),
            ("Morgan", "Mmorgan", true),
            ("Morgan", "Mergen", false),
            ("Lee", "Leigh", false),
            ("", "A", true),
        ] {
            assert_eq!((nearly(a, b), nearly(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn streets_are_compared_with_their_abbreviations_written_out() {
        let long = street_key("12 North Elm Street, Apartment 4", "85201-1234");
        assert_eq!(long, street_key("12 n. elm st. apt 4", "85201"));
        assert_ne!(long, street_key("14 North Elm Street, Apartment 4", "85201"));
        assert_eq!(street_key("12 Elm St", ""), None);
    }
}
