//! A look at a file before there is a migration: opened, and profiled in one pass.

use std::path::Path;
use std::sync::Arc;

use heirloom_intake::{ReadAs, SheetChoice, SourceFile};
use heirloom_mapping::{Profile, Profiler};
use heirloom_model::{Code, FileId, SourceRow};

use crate::apart;
use crate::failure::{Failure, Result};

/// What was seen of a file.
pub struct Looked {
    /// Its name without the folder.
    pub name: String,
    /// What kind of file it is.
    pub kind: &'static str,
    /// Its size.
    pub bytes: u64,
    /// How it was read, and why.
    pub evidence: Vec<String>,
    /// What it holds.
    pub profile: Profile,
    /// What was odd about its bytes: code, how many rows, the first of them.
    pub odd: Vec<(Code, u64, u32)>,
}

/// Reads a file once, all its visible sheets.
///
/// # Errors
/// A file that cannot be read.
pub fn look(path: &Path) -> Result<Looked> {
    let file = open(path)?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let (kind, bytes, evidence) = (file.kind(), file.bytes(), file.evidence().to_vec());
    let sheets: Vec<Option<Arc<str>>> =
        file.sheets().iter().map(|s| s.name.as_deref().map(Arc::from)).collect();
    let mut profiler = Profiler::new(&sheets);
    let mut rows = file.rows(FileId(1));
    for row in rows.by_ref() {
        profiler.add(row?);
    }
    let mut odd: Vec<(Code, u64, u32)> = Vec::new();
    for oddity in rows.oddities() {
        match odd.iter_mut().find(|(code, ..)| *code == oddity.code) {
            Some((_, count, _)) => *count += 1,
            None => odd.push((oddity.code, 1, oddity.row_number)),
        }
    }
    Ok(Looked { name, kind, bytes, evidence, profile: profiler.finish(), odd })
}

/// Reads a file once more, row by row.
///
/// # Errors
/// A file that cannot be read.
pub fn again(path: &Path, mut each: impl FnMut(&SourceRow)) -> Result<()> {
    for row in open(path)?.rows(FileId(1)) {
        each(&row?);
    }
    Ok(())
}

fn open(path: &Path) -> Result<SourceFile> {
    if !path.is_file() {
        return Err(Failure::usage(
            format!("there is no file {}", path.display()),
            "name an export: a CSV file or a workbook",
        ));
    }
    let read_as = ReadAs { sheets: SheetChoice::All, ..ReadAs::default() };
    Ok(SourceFile::open_by(path, &read_as, &apart::workbooks())?)
}
