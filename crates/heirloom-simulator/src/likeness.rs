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
        methods: Vec::new(),
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
    };
    let named = [&address.address1, &address.city, &address.postal];
    named.iter().any(|part| !part.is_empty()).then_some(address)
}
