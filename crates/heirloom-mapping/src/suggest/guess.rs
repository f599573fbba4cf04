//! Which column is which field: the name speaks, the content speaks, and both are told.

use super::keywords::{fields, points};
use super::presets::names_of;
use super::{Fit, Vocabulary, Wide};
use crate::spec::{Mapping, RecordKind};
use crate::{ColumnProfile, ColumnType, SheetProfile};

/// How sure a guess is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Look at the column before you believe it.
    Guess,
    /// One of name and content speaks for it.
    Likely,
    /// Name and content agree.
    Sure,
}

impl Confidence {
    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Guess => "guess",
            Confidence::Likely => "likely",
            Confidence::Sure => "sure",
        }
    }

    fn of(percent: u8) -> Option<Confidence> {
        match percent {
            85.. => Some(Confidence::Sure),
            62.. => Some(Confidence::Likely),
            42.. => Some(Confidence::Guess),
            _ => None,
        }
    }
}

/// One field and the column it is guessed to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The field; those of blocks are `address line1`, `phone home`.
    pub field: String,
    /// The column, from 0.
    pub column: usize,
    /// How sure.
    pub confidence: Confidence,
    /// The same from 0 to 99.
    pub percent: u8,
    /// Why.
    pub reason: String,
}

/// What a preset's fields are made of in this file.
pub(super) fn of_preset(sheet: &SheetProfile, mapping: &Mapping, fit: &Fit) -> Vec<Guess> {
    let names = names_of(sheet, fit);
    let mut guesses: Vec<Guess> = Vec::new();
    for (field, _) in mapping.uses() {
        if guesses.iter().any(|g| g.field == field) {
            continue;
        }
        for column in mapping.places(&field, &names) {
            let Some(found) = sheet.columns.get(column) else { continue };
            let (shape, why) = content(mapping.record(), &field, found, sheet.rows);
            let percent = (i16::from(shape) + 60).clamp(0, 99) as u8;
            let confidence = if shape < 0 { Confidence::Guess } else { Confidence::Sure };
            let reason = format!("the preset's column; {why}");
            guesses.push(Guess { field: field.clone(), column, confidence, percent, reason });
        }
    }
    guesses
}

/// The best pairs of field and column, each column once.
pub(super) fn of_columns(
    sheet: &SheetProfile,
    record: RecordKind,
    vocabulary: &Vocabulary,
    wide: Option<&Wide>,
) -> Vec<Guess> {
    let mut all: Vec<Guess> = Vec::new();
    for field in fields(record) {
        for column in sheet.columns.iter().filter(|c| c.filled > 0) {
            if wide.is_some_and(|w| w.columns.contains(&column.index)) {
                continue;
            }
            all.extend(guess(record, field, column, sheet.rows, vocabulary));
        }
    }
    all.sort_by(|a, b| b.percent.cmp(&a.percent).then(a.column.cmp(&b.column)).then(a.field.cmp(&b.field)));
    let mut chosen: Vec<Guess> = Vec::new();
    for guess in all {
        if !chosen.iter().any(|g| g.field == guess.field || g.column == guess.column) {
            chosen.push(guess);
        }
    }
    let order = |field: &str| fields(record).iter().position(|f| *f == field);
    chosen.sort_by_key(|g| order(&g.field));
    if record == RecordKind::Donor && chosen.iter().any(|g| g.field == "last") {
        chosen.retain(|g| g.field != "name");
    }
    if let Some(wide) = wide {
        let reason = "several gifts stand side by side, and these columns are numbered alike".to_owned();
        for (field, column) in ["date", "amount", "fund"].into_iter().zip(wide.first) {
            let guess = |column| Guess {
                field: field.to_owned(),
                column,
                confidence: Confidence::Likely,
                percent: 75,
                reason: reason.clone(),
            };
            if let Some(column) = column {
                chosen.retain(|g| g.field != field);
                chosen.push(guess(column));
            }
        }
    }
    chosen
}

/// Gifts, if a column of days and a column of amounts speak for it.
pub(super) fn record(sheet: &SheetProfile, vocabulary: &Vocabulary) -> RecordKind {
    let gifts = of_columns(sheet, RecordKind::Gift, vocabulary, None);
    let has = |field: &str| gifts.iter().any(|g| g.field == field && g.confidence >= Confidence::Likely);
    let is_wide = super::wide::find(sheet).is_some();
    if has("date") && has("amount") || is_wide { RecordKind::Gift } else { RecordKind::Donor }
}

fn guess(
    record: RecordKind,
    field: &str,
    column: &ColumnProfile,
    rows: u64,
    vocabulary: &Vocabulary,
) -> Option<Guess> {
    let (name, said) = name(record, field, &column.header, vocabulary);
    let (shape, why) = content(record, field, column, rows);
    let is_told_by_content =
        matches!((field, column.kind), ("email home", ColumnType::Email) | ("phone home", ColumnType::Phone));
    if name == 0 && !is_told_by_content {
        return None;
    }
    let percent = (i16::from(name) + i16::from(shape)).clamp(0, 99) as u8;
    let confidence = Confidence::of(percent)?;
    let reason = format!("{said}; {why}");
    Some(Guess { field: field.to_owned(), column: column.index, confidence, percent, reason })
}

/// What the name says: points, and in words.
fn name(record: RecordKind, field: &str, header: &str, vocabulary: &Vocabulary) -> (u8, String) {
    let asked = match field.split_once(' ') {
        Some(("phone", _)) => "phone number",
        Some(("email", _)) => "email address",
        _ => field,
    };
    let own = points(record, field, header);
    let systems = vocabulary.systems(record, asked, header);
    // Which kind of phone it is stands in no vocabulary.
    if !systems.is_empty() && (asked == field || own > 0 || field.ends_with("home")) {
        let more = systems.len() - 1;
        let others = if more > 0 { format!(" and {more} more") } else { String::new() };
        // One system's own word is worth less where the words themselves say something else.
        let points = if own > 0 || systems.len() > 1 { 60 } else { 52 };
        return (points, format!("{}{others} call it so", systems[0]));
    }
    match own {
        0 => (0, "the name says nothing".to_owned()),
        _ => (own, "words of its name".to_owned()),
    }
}

/// What the cells say: points for or against, and in words.
fn content(record: RecordKind, field: &str, column: &ColumnProfile, rows: u64) -> (i8, String) {
    let kind = column.kind;
    let fill = column.fill_percent(rows);
    let few = column.values.as_ref().is_some_and(|v| v.len() <= 60);
    let words = |points: i8, text: &str| (points, format!("{text}, {fill} % filled"));
    let is_number =
        matches!(kind, ColumnType::Integer | ColumnType::Code | ColumnType::Text | ColumnType::Truth);
    match (record, field) {
        (_, "id") if column.is_unique(rows) && is_number => words(37, "never repeats"),
        (RecordKind::Gift, "id") if is_number && fill >= 98 => words(10, "some of its values repeat"),
        (RecordKind::Donor, "id") if is_number && fill >= 98 => words(15, "some of its values repeat"),
        (_, "id") => words(-30, "not filled throughout, or no id by its content"),
        (_, "donor") if matches!(kind, ColumnType::Date | ColumnType::Amount) => {
            words(-60, "no id by its content")
        }
        (_, "donor") if fill >= 80 && is_number => words(30, "an id that comes again in other rows"),
        (_, "donor") => words(0, kind.as_str()),
        (_, "date") if kind == ColumnType::Date => words(if fill >= 90 { 37 } else { 15 }, "dates"),
        (_, "amount") if kind == ColumnType::Amount => words(if fill >= 90 { 37 } else { 15 }, "amounts"),
        (_, "amount") if kind == ColumnType::Integer => words(20, "whole numbers"),
        (_, "receipt_date" | "birth") if kind == ColumnType::Date => words(37, "dates"),
        (_, "birth") => words(5, kind.as_str()),
        (_, "date" | "amount" | "receipt_date") => words(-60, kind.as_str()),
        (_, "fund" | "type" | "method" | "appeal" | "kind" | "currency") => match kind {
            ColumnType::Date | ColumnType::Amount | ColumnType::Email | ColumnType::Phone => {
                words(-60, kind.as_str())
            }
            _ if few => words(37, &format!("{} different values", column.distinct.count())),
            _ => words(-25, "too many different values"),
        },
        (_, "deceased" | "do_not_mail" | "do_not_call" | "do_not_email" | "do_not_contact" | "anonymous") => {
            match kind {
                ColumnType::Truth => words(45, "yes and no"),
                _ if few => words(10, "few values"),
                _ => words(-40, kind.as_str()),
            }
        }
        (_, f) if f.starts_with("email") => match kind {
            ColumnType::Email => words(45, "e-mail addresses"),
            _ => words(-30, kind.as_str()),
        },
        (_, f) if f.starts_with("phone") => match kind {
            ColumnType::Phone => words(42, "phone numbers"),
            ColumnType::Integer | ColumnType::Text => words(15, kind.as_str()),
            _ => words(-30, kind.as_str()),
        },
        (_, "address postal") => words(if column.length_max <= 10 { 40 } else { 10 }, "short codes"),
        (_, "address state") => words(if column.length_max <= 3 { 45 } else { 25 }, kind.as_str()),
        _ => match kind {
            ColumnType::Text | ColumnType::Code => words(38, kind.as_str()),
            ColumnType::Integer => words(15, kind.as_str()),
            _ => words(-30, kind.as_str()),
        },
    }
}
