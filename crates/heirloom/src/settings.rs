//! `heirloom.toml`: what one migration is.

use heirloom_model::{Currency, GiftDate, ItemKind, SourceName};
use serde::Deserialize;
use serde_spanned::Spanned;

use crate::failure::{Failure, Result};

/// The settings of one migration, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What people call it.
    pub name: String,
    /// The constant under which its gifts and donors are sent.
    pub source: SourceName,
    /// The currency of every amount without one of its own.
    pub currency: Currency,
    /// The day the export was made: later gifts are mistakes.
    pub exported_on: GiftDate,
    /// The batch label that historical gifts carry.
    pub batch: String,
    /// Which receipt date historical gifts carry.
    pub receipt_date: ReceiptDate,
    /// Mapping files, in `mappings/`.
    pub mappings: Vec<String>,
    /// Whether donors already exist at the target.
    pub donors: Donors,
    /// How donors are recognised for gifts that others gave.
    pub soft_credits: SoftCredits,
    /// In which calls donors and gifts go.
    pub sending: Sending,
    /// How the rehearsal's world is made.
    pub rehearsal: RehearsalSettings,
    /// The file's own text, for recipes.
    pub text: String,
}

/// The receipt date that keeps an old gift from being receipted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptDate {
    /// The source's receipt date, else the gift's own date.
    GiftDate,
    /// Only what the source says.
    SourceOnly,
}

/// What becomes of a gift's soft credits. They are never money of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoftCredits {
    /// Words in the gift's notes.
    #[default]
    Notes,
    /// The first goes as the gift's one passthrough contact, further ones into the notes.
    First,
    /// All go as passthroughs with their amounts.
    All,
}

/// In which calls donors and gifts go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sending {
    /// Whether donors share their calls.
    pub contacts: ContactCalls,
    /// Whether each list of gifts asks for an import at once, which does not wait for the vendor's midnight.
    pub create_import: bool,
}

impl Sending {
    /// Whether each call with items of a kind may be an import of its own at the vendor.
    pub fn may_be_an_import(self, kind: ItemKind) -> bool {
        match kind {
            ItemKind::Gift => self.create_import,
            ItemKind::Contact => self.contacts == ContactCalls::Lists,
            ItemKind::Detail => false,
        }
    }
}

/// Whether donors share their calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContactCalls {
    /// Lists: `Contact/Batch`.
    #[default]
    Lists,
    /// One call a donor: `Contact/Transaction`.
    OneByOne,
}

/// Where a gift's donor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Donors {
    /// From the migration's own donor files: contacts are sent first.
    FromFiles,
    /// They exist at the target under their legacy ids: only gifts are sent.
    AtTarget,
    /// They exist at the target, and not under their legacy ids: each gift carries its donor from the files,
    /// and the vendor's matching finds the contact. One wave; a donor it does not find may become two.
    WithGifts,
}

/// The rehearsal's world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RehearsalSettings {
    /// Seed of the world (default 1).
    pub seed: Option<u64>,
    /// Project codes that exist there.
    #[serde(default)]
    pub projects: Vec<String>,
    /// Segment codes that exist there. An empty list of these and the following is one that nobody set up.
    #[serde(default)]
    pub segments: Vec<String>,
    /// Tags that exist there.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Custom fields of gifts that exist there.
    #[serde(default)]
    pub custom_fields: Vec<String>,
    /// Non-cash types that exist there.
    #[serde(default)]
    pub non_cash_types: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    version: Spanned<u32>,
    name: String,
    source: Spanned<String>,
    #[serde(default = "dollars")]
    currency: Spanned<String>,
    exported_on: Spanned<String>,
    batch: String,
    #[serde(default = "gift_date")]
    receipt_date: ReceiptDate,
    mappings: Spanned<Vec<String>>,
    #[serde(default = "from_files")]
    donors: Donors,
    #[serde(default)]
    soft_credits: SoftCredits,
    #[serde(default)]
    sending: Sending,
    #[serde(default)]
    rehearsal: RehearsalSettings,
}

fn dollars() -> Spanned<String> {
    Spanned::new(0..0, "USD".into())
}

fn gift_date() -> ReceiptDate {
    ReceiptDate::GiftDate
}

fn from_files() -> Donors {
    Donors::FromFiles
}

impl Settings {
    /// Reads the text of a `heirloom.toml`.
    ///
    /// # Errors
    /// [`Failure::Usage`] that names line and column.
    pub fn parse(text: &str) -> Result<Settings> {
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            wrong(text, start, error.message())
        })?;
        if *raw.version.get_ref() != 1 {
            return Err(wrong(text, raw.version.span().start, "version must be 1"));
        }
        let source = SourceName::new(raw.source.get_ref())
            .map_err(|error| wrong(text, raw.source.span().start, &error.to_string()))?;
        let currency = Currency::new(raw.currency.get_ref())
            .map_err(|error| wrong(text, raw.currency.span().start, &error.to_string()))?;
        let exported_on = parse_day(raw.exported_on.get_ref()).ok_or_else(|| {
            wrong(text, raw.exported_on.span().start, "exported_on must be a day such as \"2026-03-02\"")
        })?;
        if raw.mappings.get_ref().is_empty() {
            return Err(wrong(text, raw.mappings.span().start, "name at least one mapping file"));
        }
        Ok(Settings {
            name: raw.name,
            source,
            currency,
            exported_on,
            batch: raw.batch,
            receipt_date: raw.receipt_date,
            mappings: raw.mappings.into_inner(),
            donors: raw.donors,
            soft_credits: raw.soft_credits,
            sending: raw.sending,
            rehearsal: raw.rehearsal,
            text: text.to_owned(),
        })
    }
}

fn parse_day(text: &str) -> Option<GiftDate> {
    text.parse::<jiff::civil::Date>().ok().map(GiftDate::from)
}

fn wrong(text: &str, start: usize, message: &str) -> Failure {
    in_toml(("heirloom.toml", text), start, message, "correct heirloom.toml, then run the same command again")
}

/// A mistake in a TOML file (its name and text), shown at its line.
pub(crate) fn in_toml(file: (&str, &str), start: usize, message: &str, help: &str) -> Failure {
    let (name, text) = file;
    let before = &text[..start.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    let source = text.lines().nth(line - 1).unwrap_or_default();
    Failure::usage(format!("{name} line {line}, column {column}: {message}\n  {line} | {source}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "version = 1\nname = \"A\"\nsource = \"re\"\nexported_on = \"2026-03-02\"\nbatch = \"H\"\nmappings = [\"gifts.toml\"]\n";

    #[test]
    fn a_mistake_is_shown_at_its_line_and_column() {
        assert!(Settings::parse(GOOD).is_ok());
        let check = |change: (&str, &str), expected: &str| {
            let message = Settings::parse(&GOOD.replace(change.0, change.1)).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        };
        check(("batch", "bacth"), "line 5, column 1");
        check(("\"re\"", "\"r e\""), "line 3, column 10");
        check(("2026-03-02", "2026-02-30"), "line 4");
        check(("version = 1", "version = 2"), "version must be 1");
    }
}
