//! Small files made in tests, and what comes out of them.

use std::path::{Path, PathBuf};

use heirloom_model::{FileId, SourceRow};
use tempfile::TempDir;

use crate::{IntakeError, ReadAs, Rows, SheetChoice, SourceFile};

/// A folder that vanishes with the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// All sheets, everything else found out.
pub(crate) fn all() -> ReadAs {
    ReadAs { sheets: SheetChoice::All, ..ReadAs::default() }
}

/// The rows of a file, or the first error.
pub(crate) fn read(path: &Path, as_: &ReadAs) -> Result<(Vec<SourceRow>, Rows), IntakeError> {
    let mut rows = SourceFile::open(path, as_)?.rows(FileId(7));
    let found: Result<Vec<_>, _> = rows.by_ref().collect();
    Ok((found?, rows))
}

/// Row numbers and cell texts of a text file that holds these bytes.
pub(crate) fn read_bytes(bytes: &[u8], as_: &ReadAs) -> Result<Vec<(u32, Vec<String>)>, IntakeError> {
    let folder = Folder::new();
    let (rows, _) = read(&folder.write("gifts.csv", bytes), as_)?;
    Ok(rows.iter().map(plain).collect())
}

/// Row number and cell texts.
pub(crate) fn plain(row: &SourceRow) -> (u32, Vec<String>) {
    let texts = row.cells().map(|cell| cell.text.to_owned());
    (row.row_number, texts.collect())
}
