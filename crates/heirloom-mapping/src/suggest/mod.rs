//! A first mapping of a file, drafted from the names of its columns and from what stands in them.
//! Every guess says why and how sure it is; what means money is left for a person to fill in.

mod draft;
mod guess;
mod keywords;
mod lists;
mod presets;
#[cfg(test)]
mod tests;
mod vocabulary;
mod wide;

use std::sync::Arc;

pub use guess::{Confidence, Guess};
pub use lists::Tallier;
pub(crate) use presets::shown;
pub use presets::{Fit, fits};

use crate::spec::{Mapping, RecordKind};
use crate::{ColumnProfile, SheetProfile};
use presets::names_of;
use vocabulary::Vocabulary;
use wide::Wide;

/// What a draft is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    /// Donors or gifts; by the file's content if `None`.
    pub record: Option<RecordKind>,
    /// Whether a preset that fits is passed over.
    pub without_preset: bool,
}

/// How a file may be mapped.
pub struct Suggestion<'p> {
    /// The file's name.
    pub file: String,
    /// Donors or gifts.
    pub record: RecordKind,
    /// The preset that fits, if one does.
    pub fit: Option<Fit>,
    /// What each field is made of, in the order of a mapping.
    pub guesses: Vec<Guess>,
    /// Columns that no guess, preset or ignore list of the preset speaks for, that hold something.
    pub unmapped: Vec<usize>,
    pub(crate) sheet: &'p SheetProfile,
    pub(crate) sheet_name: Option<Arc<str>>,
    pub(crate) preset: Option<Mapping>,
    pub(crate) wide: Option<Wide>,
}

/// Looks at a sheet's columns and guesses what they are. `presets` are names and texts.
pub fn suggest<'p>(
    file: &str,
    sheet: &'p SheetProfile,
    presets: &[(&str, &str)],
    ask: Ask,
) -> Suggestion<'p> {
    let fit = fits(sheet, presets).into_iter().find(|fit| {
        fit.missing.is_empty() && ask.record.is_none_or(|r| r == fit.record) && !ask.without_preset
    });
    let vocabulary = Vocabulary::of(presets);
    let text = |name: &str| presets.iter().find(|(n, _)| *n == name).map(|(_, text)| (*text).to_owned());
    let preset = fit.as_ref().and_then(|fit| {
        let text = text(&fit.preset)?;
        crate::parse(&fit.preset, &text, &text_of(presets)).ok()
    });
    let (record, guesses, wide) = match (&preset, &fit) {
        (Some(mapping), Some(fit)) => (fit.record, guess::of_preset(sheet, mapping, fit), None),
        _ => {
            let record = ask.record.unwrap_or_else(|| guess::record(sheet, &vocabulary));
            let wide = if record == RecordKind::Gift { wide::find(sheet) } else { None };
            (record, guess::of_columns(sheet, record, &vocabulary, wide.as_ref()), wide)
        }
    };
    let mut suggestion = Suggestion {
        file: file.to_owned(),
        record,
        fit,
        guesses,
        unmapped: Vec::new(),
        sheet,
        sheet_name: sheet.name.clone(),
        preset,
        wide,
    };
    suggestion.unmapped = suggestion.left_over();
    suggestion
}

fn text_of<'a>(presets: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    |name| presets.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
}

impl Suggestion<'_> {
    /// The column that a field is guessed to be.
    pub fn column(&self, field: &str) -> Option<&ColumnProfile> {
        let guess = self.guesses.iter().find(|g| g.field == field)?;
        self.sheet.columns.get(guess.column)
    }

    /// Filled columns that nothing speaks for.
    fn left_over(&self) -> Vec<usize> {
        let covered: Vec<usize> = match (&self.preset, &self.fit) {
            (Some(mapping), Some(fit)) => presets::covered(mapping, &names_of(self.sheet, fit)),
            _ => self.guesses.iter().map(|g| g.column).collect(),
        };
        let in_sets = |index: usize| self.wide.as_ref().is_some_and(|w| w.columns.contains(&index));
        let filled = self.sheet.columns.iter().filter(|c| c.filled > 0);
        filled.map(|c| c.index).filter(|i| !covered.contains(i) && !in_sets(*i)).collect()
    }

    /// The draft, as the text of a mapping file; `tallier` saw every row.
    pub fn draft(&self, tallier: &Tallier) -> String {
        draft::write(self, tallier)
    }
}
