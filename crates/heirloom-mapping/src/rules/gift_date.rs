//! G001, G002, G003: the day of a gift.

use heirloom_model::{CellKind, Code, GiftDate};

use super::error_cell;
use crate::dates::{BadDate, read};
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::read::Seen;

/// The day, if it is one and lies between 1900 and the export.
pub(crate) fn check(desk: &mut Desk<'_>, mapper: &Mapper<'_>, seen: &Seen<'_>) -> Option<GiftDate> {
    if !error_cell::is_usable(desk, seen) {
        return None;
    }
    if seen.is_blank() {
        desk.add(Code::BadDate, seen, "it is blank");
        return None;
    }
    let date = match read(&seen.text, mapper.order(seen), mapper.mapping.pivot) {
        Ok(date) => date,
        Err(bad) => {
            desk.add(Code::BadDate, seen, detail(bad, seen, mapper));
            return None;
        }
    };
    if date > mapper.ctx.exported_on {
        desk.add(Code::FutureDate, seen, format!("the export was made on {}", mapper.ctx.exported_on));
    }
    if date.year() < 1900 {
        desk.add(Code::OldDate, seen, "");
    }
    Some(date)
}

fn detail(bad: BadDate, seen: &Seen<'_>, mapper: &Mapper<'_>) -> String {
    let serial = seen.text.bytes().all(|b| b.is_ascii_digit()) && seen.text.len() == 5;
    match bad {
        _ if serial || seen.kind == CellKind::Number => {
            "it looks like a spreadsheet's day number: format the column as dates".to_owned()
        }
        BadDate::Unreadable => String::new(),
        BadDate::NoSuchDay => format!(
            "there is no such day (the column is read as {}, or year first)",
            mapper.order(seen).in_words()
        ),
        BadDate::ShortYear => "the year has two digits and the mapping no pivot".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_gift_needs_a_day_between_1900_and_the_export() {
        let row = |date: &str| format!("{date}|D1|{date}|1|GEN|Cash");
        let rows: Vec<String> =
            ["1/31/2020", "", "soon", "2/30/2020", "38289", "1/1/2099", "1/31/1899"].map(row).into();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        assert_eq!(
            Gifts::new("[fields]\nid = { letter = \"C\", default = \"x\" }", &rows).codes(),
            ["gift", "held G001", "held G001", "held G001", "held G001", "held G002", "held G003"],
        );
    }
}
