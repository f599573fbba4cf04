//! A migration folder on the user's disk: where everything lies.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::settings::Settings;

/// The folder of one migration.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    private: PathBuf,
    public: PathBuf,
}

impl Folder {
    /// The folder at `root`, with its ledger in `work/` and reports in `reports/`.
    pub fn new(root: &Path) -> Folder {
        Folder { root: root.to_owned(), private: root.join("work"), public: root.to_owned() }
    }

    /// The same inputs with a ledger, plans and reports of a rehearsal of their own.
    pub fn rehearsal(&self) -> Folder {
        let apart = self.root.join("rehearsal");
        Folder { root: self.root.clone(), private: apart.join("work"), public: apart }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Untouched exports.
    pub fn input(&self) -> PathBuf {
        self.root.join("input")
    }

    /// The folder's own mapping files.
    pub fn mappings(&self) -> PathBuf {
        self.root.join("mappings")
    }

    /// The private folder of the ledger.
    pub fn work(&self) -> &Path {
        &self.private
    }

    /// The ledger.
    pub fn ledger(&self) -> PathBuf {
        self.private.join("ledger.sqlite")
    }

    /// Plan files.
    pub fn plans(&self) -> PathBuf {
        self.public.join("plans")
    }

    /// Report files.
    pub fn reports(&self) -> PathBuf {
        self.public.join("reports")
    }

    /// Reads `heirloom.toml`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if it is missing or wrong.
    pub fn settings(&self) -> Result<Settings> {
        let path = self.root.join("heirloom.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::usage(
                format!("there is no migration here: cannot read {}: {error}", path.display()),
                "name the folder that holds heirloom.toml, or copy one of samples/ and change it",
            )
        })?;
        Settings::parse(&text)
    }

    /// The one file in `input/` that `pattern` means: a name, or a pattern with `*`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is none, or several.
    pub fn find_input(&self, pattern: &str, asked_by: &str) -> Result<PathBuf> {
        let folder = self.input();
        let exact = folder.join(pattern);
        if !pattern.contains('*')
            && exact.is_file()
            && Path::new(pattern).file_name() == Some(pattern.as_ref())
        {
            return Ok(exact);
        }
        let names = list_files(&folder);
        let found: Vec<&String> = names.iter().filter(|name| matches_glob(pattern, name)).collect();
        match found.as_slice() {
            [one] => Ok(folder.join(one)),
            [] => Err(Failure::usage(
                format!(
                    "{asked_by} wants the file \"{pattern}\", and {} has no such file (it has: {})",
                    folder.display(),
                    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
                ),
                "put the export there, or correct [file] name in the mapping",
            )),
            several => Err(Failure::usage(
                format!(
                    "{asked_by} wants one file \"{pattern}\", and {} of {} fit",
                    several.len(),
                    folder.display()
                ),
                "name one of them in the mapping",
            )),
        }
    }
}

fn list_files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// Whether `name` fits a pattern in which `*` stands for any run of characters.
fn matches_glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let middle: Vec<&str> = parts.collect();
    let Some((last, between)) = middle.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("gifts_*.xlsx", "gifts_2009-2024.xlsx", true),
            ("gifts.csv", "gifts.csv", true),
            ("gifts.csv", "gifts.csv.bak", false),
            ("*", "anything", true),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXc", false),
        ] {
            assert_eq!(matches_glob(pattern, name), expected, "{pattern} {name}");
        }
    }
}
