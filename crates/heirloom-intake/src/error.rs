//! Why a file cannot be read, where, and what a person can do about it.

use std::borrow::Cow;
use std::io;

/// A file that cannot be read. Messages are fragments that fit after "cannot";
/// they name the place and never quote a cell.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The operating system refused.
    #[error("read {file}: {source}")]
    Io {
        /// File name.
        file: String,
        /// The system's reason.
        source: io::Error,
    },
    /// There is not one byte in it.
    #[error("read {file}: it is empty")]
    Empty {
        /// File name.
        file: String,
    },
    /// Something else than a table, whatever its name says.
    #[error("read {file}: it is {what}, not a table")]
    NotATable {
        /// File name.
        file: String,
        /// What it is.
        what: Cow<'static, str>,
    },
    /// The workbook is encrypted.
    #[error("read {file}: it is protected by a password")]
    Password {
        /// File name.
        file: String,
    },
    /// The content contradicts its own format.
    #[error("read {}: {what}", place(file, sheet.as_deref(), *row))]
    Damaged {
        /// File name.
        file: String,
        /// Sheet name, if it came that far.
        sheet: Option<String>,
        /// The row, or the last row that could be read before it.
        row: Option<u32>,
        /// What is wrong.
        what: String,
    },
    /// A limit that protects this computer was met.
    #[error("read {}: {what}", place(file, sheet.as_deref(), *row))]
    TooLarge {
        /// File name.
        file: String,
        /// Sheet name.
        sheet: Option<String>,
        /// The row at which the limit was met.
        row: Option<u32>,
        /// Which limit.
        what: String,
    },
    /// The mapping names an encoding nobody knows.
    #[error("read {file}: no encoding is called {label:?}")]
    UnknownEncoding {
        /// File name.
        file: String,
        /// The label as written.
        label: String,
    },
    /// The mapping names a sheet that is not there.
    #[error("read {file}: it has no sheet called {sheet:?}")]
    NoSuchSheet {
        /// File name.
        file: String,
        /// The name as written.
        sheet: String,
        /// The worksheets it has.
        has: Vec<String>,
    },
    /// No worksheet that could be read without asking.
    #[error("read {file}: it has no visible worksheet")]
    NoSheet {
        /// File name.
        file: String,
    },
    /// Somebody wrote to the file while it was read.
    #[error("read {file}: it changed while it was being read")]
    Changed {
        /// File name.
        file: String,
    },
}

impl IntakeError {
    /// What the person can do, as one sentence.
    pub fn help(&self) -> String {
        match self {
            IntakeError::Io { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "Check the name and the folder.".to_owned(),
                io::ErrorKind::PermissionDenied => {
                    "Close it in Excel, or check who may read it, and try again.".to_owned()
                }
                _ => "Copy the file to this computer's own disk and try again.".to_owned(),
            },
            IntakeError::Empty { .. } => "Export it again; the export may have been stopped.".to_owned(),
            IntakeError::NotATable { .. } => {
                "Open it in the program it belongs to and save it as an Excel workbook (.xlsx) \
                 or as CSV."
                    .to_owned()
            }
            IntakeError::Password { .. } => {
                "Open it in Excel, choose File > Info > Protect Workbook > Encrypt with Password, \
                 clear the password, and save a copy."
                    .to_owned()
            }
            IntakeError::Damaged { .. } => {
                "Open it in Excel, save it as a new .xlsx file and try that; if Excel cannot \
                 open it either, export it again."
                    .to_owned()
            }
            IntakeError::TooLarge { .. } => {
                "Export fewer rows at a time, or save the sheet as CSV; if the place named looks \
                 ordinary, the file is damaged."
                    .to_owned()
            }
            IntakeError::UnknownEncoding { .. } => {
                "Use a name such as \"utf-8\", \"windows-1252\", \"utf-16le\" or \"macintosh\", \
                 or leave the setting out to have it detected."
                    .to_owned()
            }
            IntakeError::NoSuchSheet { has, .. } => {
                format!("Its sheets are: {}.", has.join(", "))
            }
            IntakeError::NoSheet { .. } => "Unhide the sheet in Excel, or name it in the mapping.".to_owned(),
            IntakeError::Changed { .. } => "Close the program that writes to it and start again.".to_owned(),
        }
    }

    pub(crate) fn io(file: &str, source: io::Error) -> Self {
        IntakeError::Io { file: file.to_owned(), source }
    }
}

fn place(file: &str, sheet: Option<&str>, row: Option<u32>) -> String {
    let mut text = file.to_owned();
    if let Some(sheet) = sheet {
        text.push_str(&format!(" sheet {sheet:?}"));
    }
    if let Some(row) = row {
        text.push_str(&format!(" near row {row}"));
    }
    text
}

/// What goes wrong with a workbook, before its place is known.
#[derive(Debug)]
pub(crate) enum Trouble {
    Password,
    Damaged(String),
    TooLarge(String),
}

impl Trouble {
    /// The error with its place.
    pub fn at(self, file: &str, sheet: Option<&str>, row: Option<u32>) -> IntakeError {
        let (file, sheet) = (file.to_owned(), sheet.map(str::to_owned));
        match self {
            Trouble::Password => IntakeError::Password { file },
            Trouble::Damaged(what) => IntakeError::Damaged { file, sheet, row, what },
            Trouble::TooLarge(what) => IntakeError::TooLarge { file, sheet, row, what },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_fits_after_cannot_and_names_its_place() {
        let error = IntakeError::Damaged {
            file: "gifts.xlsx".into(),
            sheet: Some("2019".into()),
            row: Some(12),
            what: "its XML is broken".into(),
        };
        assert_eq!(
            format!("cannot {error}"),
            "cannot read gifts.xlsx sheet \"2019\" near row 12: its XML is broken"
        );
        assert!(error.help().ends_with('.'));
    }
}
