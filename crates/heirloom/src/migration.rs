//! One migration opened: its folder, settings, mappings and ledger.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use heirloom_intake::{ReadAs, SheetChoice, SourceFile};
use heirloom_ledger::{FileFacts, Identity, Ledger, LedgerError};
use heirloom_mapping::{FileSpec, Mapping, Part, RecordKind, Sheets};
use heirloom_model::{FileId, Hasher, Moment, RowId};

use crate::apart;
use crate::failure::{Failure, Result};
use crate::folder::Folder;
use crate::presets::preset;
use crate::settings::Settings;

/// One opened migration.
pub struct Migration {
    /// Where everything lies.
    pub folder: Folder,
    /// `heirloom.toml`.
    pub settings: Settings,
    /// The mappings, donor files before gift files.
    pub mappings: Vec<Mapping>,
    /// The ledger.
    pub ledger: Ledger,
}

/// One input file as one mapping wants it.
pub struct Input<'m> {
    /// The mapping.
    pub mapping: &'m Mapping,
    /// Its main file or one of its companions.
    pub part: Part,
    /// The ledger's name for this use of the file.
    pub role: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its name without the folder.
    pub name: Arc<str>,
    /// How it is to be read.
    pub read_as: ReadAs,
}

impl Migration {
    /// Opens the migration in `folder`; makes its ledger if there is none.
    ///
    /// # Errors
    /// Settings, mappings, or a ledger in use.
    pub fn open(folder: Folder, now: Moment) -> Result<Migration> {
        let settings = folder.settings()?;
        let mappings = load_mappings(&folder, &settings)?;
        let path = folder.ledger();
        let ledger = match Ledger::open(&path) {
            Err(LedgerError::Missing { .. }) => Ledger::create(&path, &identity_of(&settings, &path, now))?,
            opened => opened?,
        };
        Migration::on(folder, settings, mappings, ledger)
    }

    /// Opens a migration whose ledger must exist already.
    ///
    /// # Errors
    /// [`Failure::Usage`] if nothing was read yet.
    pub fn open_existing(folder: Folder) -> Result<Migration> {
        Migration::existing(folder, Ledger::open)
    }

    /// The same to look at: while another process works with the ledger, as it stands now and without its lock;
    /// else `settle` is done first, with the lock, which is given back.
    ///
    /// # Errors
    /// [`Failure::Usage`] if nothing was read yet; what `settle` says.
    pub fn open_to_look(folder: Folder, settle: impl FnOnce(&Migration) -> Result<()>) -> Result<Migration> {
        let migration = Migration::existing(folder, Ledger::open_to_look)?;
        if migration.ledger.only_looks() {
            return Ok(migration);
        }
        settle(&migration)?;
        Ok(Migration { ledger: migration.ledger.only_look()?, ..migration })
    }

    fn existing(
        folder: Folder,
        open: impl FnOnce(&Path) -> heirloom_ledger::Result<Ledger>,
    ) -> Result<Migration> {
        let nothing_read = || {
            Failure::usage(
                format!("nothing has been read yet in {}", folder.root().display()),
                "run  heirloom check  first",
            )
        };
        if !folder.ledger().exists() {
            return Err(nothing_read());
        }
        let settings = folder.settings()?;
        let mappings = load_mappings(&folder, &settings)?;
        let ledger = open(&folder.ledger()).map_err(|error| match error {
            LedgerError::Missing { .. } => nothing_read(),
            error => error.into(),
        })?;
        Migration::on(folder, settings, mappings, ledger)
    }

    fn on(folder: Folder, settings: Settings, mappings: Vec<Mapping>, ledger: Ledger) -> Result<Migration> {
        let begun = ledger.identity()?.source;
        if begun != settings.source.as_str() {
            return Err(Failure::usage(
                format!(
                    "heirloom.toml says source = \"{}\", and this ledger was begun with \"{begun}\"",
                    settings.source
                ),
                "put the old name back: gifts already sent could not be recognised under another",
            ));
        }
        Ok(Migration { folder, settings, mappings, ledger })
    }

    /// Every use of an input file, in the order of reading.
    ///
    /// # Errors
    /// [`Failure::Usage`] if a file is not there.
    pub fn inputs(&self) -> Result<Vec<Input<'_>>> {
        let mut inputs = Vec::new();
        for mapping in &self.mappings {
            inputs.push(self.input(mapping, Part::Main)?);
            for index in 0..mapping.companions().len() {
                inputs.push(self.input(mapping, Part::Companion(index))?);
            }
        }
        Ok(inputs)
    }

    /// One use of an input file.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the file is not there.
    pub fn input<'m>(&self, mapping: &'m Mapping, part: Part) -> Result<Input<'m>> {
        let (spec, use_name) = match part {
            Part::Main => (mapping.main(), "main"),
            Part::Companion(index) => {
                let companion = &mapping.companions()[index];
                (&companion.file, companion.name.as_str())
            }
        };
        let path = self.folder.find_input(&spec.name, mapping.name())?;
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut role = format!("{}:{use_name}", mapping.name());
        // Rows that were taken apart as they were read are another edition of the file.
        if let Some(unfolding) = mapping.unfolding().filter(|_| part == Part::Main) {
            role += &format!(":wide-{}", unfolding.short());
        }
        Ok(Input { mapping, part, role, path, name: name.into(), read_as: read_as(spec) })
    }

    /// The edition of a file that counts in this role.
    ///
    /// # Errors
    /// Storage.
    pub fn file(&self, role: &str) -> Result<Option<FileFacts>> {
        Ok(self.ledger.edition(role)?)
    }

    /// The same with the earlier editions of which something was sent, those first.
    ///
    /// # Errors
    /// Storage.
    pub fn editions(&self, role: &str) -> Result<Vec<FileFacts>> {
        let mut editions = self.ledger.earlier_editions(role)?;
        editions.extend(self.file(role)?);
        Ok(editions)
    }

    /// Where a row stands, in the words of its spreadsheet.
    pub fn name_row(&self, row: RowId) -> String {
        let file = self.ledger.files().ok().and_then(|files| files.into_iter().find(|f| f.id == row.file()));
        let found = self.ledger.rows_by_id(&[row]).ok().and_then(|rows| rows.into_iter().next());
        match (file, found) {
            (Some(file), Some(found)) => {
                let sheets = self.ledger.sheets(file.id).unwrap_or_default();
                let sheet = sheets.get(usize::from(found.sheet)).cloned().flatten();
                let sheet = sheet.map(|s| format!(" sheet {s}")).unwrap_or_default();
                format!("{}{sheet} row {}", file.name, found.row_number)
            }
            _ => format!("row {} of file {}", row.sequence(), row.file().0),
        }
    }

    /// The mappings of one kind of record.
    pub fn mappings_of(&self, kind: RecordKind) -> impl Iterator<Item = &Mapping> {
        self.mappings.iter().filter(move |m| m.record() == kind)
    }
}

pub(crate) fn read_as(spec: &FileSpec) -> ReadAs {
    ReadAs {
        encoding: spec.encoding.clone(),
        delimiter: spec.delimiter,
        quote: spec.quote,
        escape: spec.escape,
        sheets: match &spec.sheets {
            Sheets::First => SheetChoice::First,
            Sheets::All => SheetChoice::All,
            Sheets::Named(names) => SheetChoice::Named(names.clone()),
        },
    }
}

/// Reads the mappings of a migration.
///
/// # Errors
/// [`Failure::Mapping`] with every mistake in them; files that are not there.
pub fn load_mappings(folder: &Folder, settings: &Settings) -> Result<Vec<Mapping>> {
    let mut mappings = Vec::new();
    let mut problems = Vec::new();
    for name in &settings.mappings {
        let path = folder.mappings().join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::usage(
                format!("heirloom.toml names the mapping \"{name}\", and it cannot be read: {error}"),
                "put it into the folder mappings/, or correct the name",
            )
        })?;
        match heirloom_mapping::parse(name, &text, &|asked| beside(folder, asked)) {
            Ok(mapping) => mappings.push(mapping),
            Err(mistakes) => problems.extend(mistakes),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Mapping(problems));
    }
    mappings.sort_by_key(|m| m.record() == RecordKind::Gift);
    Ok(mappings)
}

/// The text of a preset, or of a table that lies beside the mappings.
pub fn beside(folder: &Folder, asked: &str) -> Option<String> {
    match asked.strip_prefix("table:") {
        Some(file) => table_text(&folder.mappings().join(file)),
        None => preset(asked),
    }
}

/// A table file as the mapping takes it: rows ended by U+001E, cells by U+001F.
fn table_text(path: &std::path::Path) -> Option<String> {
    let file = SourceFile::open_by(path, &ReadAs::default(), &apart::workbooks()).ok()?;
    let mut text = String::new();
    for row in file.rows(FileId(0)) {
        let row = row.ok()?;
        let cells: Vec<&str> = (0..row.len()).map(|column| row.cell(column).text).collect();
        text += &cells.join("\u{1f}");
        text.push('\u{1e}');
    }
    Some(text)
}

/// The ledger's identity; its id is derived from what makes it this ledger and no other.
pub fn identity_of(settings: &Settings, path: &std::path::Path, now: Moment) -> Identity {
    let mut hasher = Hasher::new();
    hasher.field(settings.name.as_bytes()).field(path.to_string_lossy().as_bytes());
    hasher.field(&now.0.to_le_bytes()).field(&std::process::id().to_le_bytes());
    Identity {
        ledger_id: hasher.finish().short(),
        name: settings.name.clone(),
        source: settings.source.as_str().to_owned(),
        currency: settings.currency.as_str().to_owned(),
        world: None,
        created: now,
        exported_on: settings.exported_on.to_number(),
    }
}
