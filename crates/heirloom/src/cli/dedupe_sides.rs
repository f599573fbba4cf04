//! What a person compares when asked whether two donors are one: both records, side by side.

use heirloom_model::{Donor, TargetContact};
use heirloom_report::words;

use super::dedupe_questions::{crm_id, donor};
use crate::failure::Result;
use crate::migration::Migration;

/// Characters of a cell at most.
const CELL: usize = 34;

/// What is known of one of the two, under the same heads for both.
#[derive(Default)]
struct Side {
    names: Vec<String>,
    born: Vec<String>,
    addresses: Vec<String>,
    emails: Vec<String>,
    phones: Vec<String>,
}

/// A line for each head under which one of the two says something.
pub(super) fn sides(migration: &Migration, a: &str, b: &str) -> Result<Vec<String>> {
    let (one, other) = (of(migration, a)?, of(migration, b)?);
    let heads = [
        ("name", &one.names, &other.names),
        ("born", &one.born, &other.born),
        ("address", &one.addresses, &other.addresses),
        ("e-mail", &one.emails, &other.emails),
        ("phone", &one.phones, &other.phones),
    ];
    let mut lines = vec![line("", a, b)];
    for (head, one, other) in heads {
        for at in 0..one.len().max(other.len()) {
            let cell = |list: &[String]| list.get(at).cloned().unwrap_or_default();
            lines.push(line(if at == 0 { head } else { "" }, &cell(one), &cell(other)));
        }
    }
    Ok(lines)
}

fn line(head: &str, one: &str, other: &str) -> String {
    let cell = |text: &str| words::clip(&words::safe(text), CELL);
    format!("  {head:<8} {:<CELL$}  {}", cell(one), cell(other)).trim_end().to_owned()
}

fn of(migration: &Migration, id: &str) -> Result<Side> {
    let Some(target) = crm_id(id)? else { return Ok(of_donor(&donor(migration, id)?)) };
    let found = migration.ledger.target_contacts(Some(target - 1), 1)?;
    Ok(found.iter().find(|contact| contact.id == target).map(of_contact).unwrap_or_default())
}

fn of_donor(donor: &Donor) -> Side {
    let born = donor.kind.people().filter_map(|person| match person.birth {
        (None, None, None) => None,
        (year, month, day) => {
            let part = |known: Option<i32>, width| known.map_or("?".into(), |n| format!("{n:0width$}"));
            let (month, day) = (month.map(i32::from), day.map(i32::from));
            Some(format!("{}-{}-{}", part(year.map(i32::from), 4), part(month, 2), part(day, 2)))
        }
    });
    let mut names: Vec<String> = vec![donor.display_name()];
    names.extend(
        donor.kind.people().map(|person| person.display_name()).filter(|n| *n != donor.display_name()),
    );
    let town =
        |a: &heirloom_model::Address| [&a.line1, &a.line2, &a.city, &a.state, &a.postal].map(String::clone);
    Side {
        names,
        born: born.collect(),
        addresses: donor.reach.addresses.iter().map(|a| joined(&town(a))).collect(),
        emails: donor.reach.emails.iter().map(|e| e.address.clone()).collect(),
        phones: donor.reach.phones.iter().map(|p| p.number.clone()).collect(),
    }
}

fn of_contact(contact: &TargetContact) -> Side {
    let mut names = vec![contact.name.clone()];
    names.extend(contact.people.iter().map(|(first, last)| format!("{first} {last}")));
    names.dedup();
    let place = |a: &(String, String, String, String)| joined(&[&a.0, &a.1, &a.2, &a.3].map(String::clone));
    Side {
        names,
        born: Vec::new(),
        addresses: contact.addresses.iter().map(place).collect(),
        emails: contact.emails.clone(),
        phones: contact.phones.clone(),
    }
}

fn joined(parts: &[String]) -> String {
    let filled: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    filled.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_in_its_column_and_shows_no_control_characters() {
        let long = "x".repeat(90);
        let text = line("name", &long, "B\u{1b}[31m");
        assert!(text.starts_with("  name     xxx"), "{text:?}");
        assert!(!text.contains('\u{1b}') && text.chars().count() < 60, "{text:?}");
        let narrow = line("name", "A", "B");
        assert_eq!(narrow.find('B'), Some(2 + 8 + 1 + CELL + 2));
    }
}
