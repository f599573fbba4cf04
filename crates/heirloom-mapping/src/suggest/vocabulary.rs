//! What old systems call things: the column names of every preset, by field.

use std::collections::BTreeMap;

use super::text_of;
use crate::spec::RecordKind;
use crate::text::fold;

/// Names of columns and the presets that use them for a field.
pub(crate) struct Vocabulary {
    /// `(record, field, folded name)` → the systems that call it so.
    names: BTreeMap<(bool, String, String), Vec<String>>,
}

impl Vocabulary {
    /// The names of these presets; one that does not parse has none.
    pub fn of(presets: &[(&str, &str)]) -> Vocabulary {
        let mut names: BTreeMap<(bool, String, String), Vec<String>> = BTreeMap::new();
        for (preset, text) in presets {
            let Ok(mapping) = crate::parse(preset, text, &text_of(presets)) else { continue };
            let is_gift = mapping.record() == RecordKind::Gift;
            for (field, columns) in mapping.uses() {
                for name in columns.iter().flatten() {
                    let key = (is_gift, field.clone(), fold(name));
                    let systems = names.entry(key).or_default();
                    if !systems.iter().any(|s| s == mapping.system()) {
                        systems.push(mapping.system().to_owned());
                    }
                }
            }
        }
        Vocabulary { names }
    }

    /// The systems that call a field so.
    pub fn systems(&self, record: RecordKind, field: &str, header: &str) -> &[String] {
        let key = (record == RecordKind::Gift, field.to_owned(), fold(header));
        self.names.get(&key).map_or(&[], Vec::as_slice)
    }
}
