//! What stops a run, in words, with its exit code: the one place where both are chosen.

use std::fmt;
use std::path::{Path, PathBuf};

use heirloom_intake::IntakeError;
use heirloom_ledger::LedgerError;
use heirloom_mapping::{MappingProblem, SurveyProblem};

/// The documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Finished.
    Done,
    /// Something nobody foresaw.
    Unexpected,
    /// Usage, configuration, mapping, or an unreadable input file.
    Usage,
    /// Finished; rows need a person.
    NeedsPerson,
    /// Paused by quota, clock, guard band or network; safe to resume.
    Paused,
    /// Credentials, or the wrong organization.
    Credentials,
    /// In use by another process.
    InUse,
    /// The plan is stale.
    Stale,
    /// Reconciliation found differences.
    Differences,
    /// In doubt: waits for a decision.
    InDoubt,
    /// `plan --exit-code`: there is something to do.
    SomethingToDo,
    /// Storage.
    Storage,
    /// All sent; waits for a person at the vendor.
    WaitingAtVendor,
    /// `verify` failed.
    VerifyFailed,
    /// Interrupted; everything is saved.
    Interrupted,
}

impl Exit {
    /// The number handed to the shell.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Unexpected => 1,
            Exit::Usage => 2,
            Exit::NeedsPerson => 3,
            Exit::Paused => 4,
            Exit::Credentials => 5,
            Exit::InUse => 6,
            Exit::Stale => 7,
            Exit::Differences => 8,
            Exit::InDoubt => 9,
            Exit::SomethingToDo => 10,
            Exit::Storage => 11,
            Exit::WaitingAtVendor => 12,
            Exit::VerifyFailed => 13,
            Exit::Interrupted => 130,
        }
    }

    /// Of several that fit, the one to report: the first of 9, 8, 4, 12, 3.
    pub fn most_urgent(fitting: &[Exit]) -> Exit {
        let order =
            [Exit::InDoubt, Exit::Differences, Exit::Paused, Exit::WaitingAtVendor, Exit::NeedsPerson];
        order.into_iter().find(|exit| fitting.contains(exit)).unwrap_or(Exit::Done)
    }
}

/// Why a run stopped. Bad data is never one of these: it is a finding, and the run goes on.
#[derive(Debug)]
pub enum Failure {
    /// `heirloom.toml`, a flag, or a file that is not where it should be.
    Usage {
        /// What is wrong.
        what: String,
        /// What to do about it.
        hint: String,
    },
    /// The mapping has mistakes.
    Mapping(Vec<MappingProblem>),
    /// A file does not fit its mapping.
    Survey(Vec<SurveyProblem>),
    /// A file cannot be read.
    Intake(IntakeError),
    /// The ledger.
    Ledger(LedgerError),
    /// Writing a plan or report.
    Write {
        /// Which file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The source files are not the ones that were read.
    SourceChanged {
        /// Which file.
        file: String,
        /// How many rows of it have been sent.
        sent: u64,
    },
    /// The send journal: without it nothing is sent.
    Journal {
        /// What failed.
        what: String,
    },
    /// What a plan was made from has changed.
    Stale {
        /// What changed.
        what: String,
    },
    /// The target could not be read or reached; nothing was changed by it.
    Target {
        /// What failed.
        what: String,
        /// The exit code that fits.
        exit: Exit,
    },
}

impl Failure {
    /// A usage failure.
    pub fn usage(what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::Usage { what: what.into(), hint: hint.into() }
    }

    /// A failure to write `path`.
    pub fn write(path: &Path, error: std::io::Error) -> Failure {
        Failure::Write { path: path.to_owned(), error }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Usage { .. } | Failure::Mapping(_) | Failure::Survey(_) | Failure::Intake(_) => {
                Exit::Usage
            }
            Failure::Ledger(LedgerError::InUse { .. }) => Exit::InUse,
            Failure::Ledger(LedgerError::WrongOrganization { .. } | LedgerError::WrongWorld { .. }) => {
                Exit::Credentials
            }
            Failure::Ledger(_) | Failure::Write { .. } | Failure::Journal { .. } => Exit::Storage,
            Failure::SourceChanged { .. } | Failure::Stale { .. } => Exit::Stale,
            Failure::Target { exit, .. } => *exit,
        }
    }

    /// What to do about it, one line.
    pub fn hint(&self) -> String {
        match self {
            Failure::Usage { hint, .. } => hint.clone(),
            Failure::Mapping(_) => "correct the mapping file, then run the same command again".into(),
            Failure::Survey(_) => "correct the mapping or the file, then run the same command again".into(),
            Failure::Intake(error) => error.help(),
            Failure::Ledger(LedgerError::InUse { .. }) => "wait for the other run to end, or stop it;  heirloom status  shows how far it is".into(),
            // Virtuous tells a number that an organization has for one of its users, and no other.
            Failure::Ledger(LedgerError::WrongOrganization { bound, wanted }) if name_of(bound) == name_of(wanted) => {
                "the name is the same: this may be the token of another user, to whom the organization has another \
                 number (use that of the user with whom the migration was begun), or another organization of that \
                 name, such as a sandbox"
                    .into()
            }
            Failure::Ledger(LedgerError::WrongOrganization { .. }) => {
                "use the token of the organization this ledger was planned for".into()
            }
            Failure::Ledger(LedgerError::WrongWorld { .. }) => {
                "start a migration folder of its own for the real organization".into()
            }
            Failure::Ledger(_) => "free or repair the disk; then run the same command again".into(),
            Failure::Journal { .. } => {
                "free the disk, or set HEIRLOOM_STATE to a folder of this computer that can be written".into()
            }
            Failure::Write { .. } => "check the disk and the folder's permissions".into(),
            Failure::SourceChanged { sent: 0, .. } => "run  heirloom redo read  to read the new file".into(),
            Failure::SourceChanged { .. } => {
                "run  heirloom redo read  to read the new file: what was sent of the old one stays as it was sent, is \
                 known again by its id, and what differs is listed; or put the old file back"
                    .into()
            }
            Failure::Stale { .. } => "run  heirloom plan  to make a new plan".into(),
            Failure::Target { exit: Exit::Credentials, .. } => {
                "correct the name and password, or the token (heirloom sign-in makes a new one); nothing was changed"
                    .into()
            }
            Failure::Target { .. } => "run the same command again later; nothing was changed".into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage { what, .. } => f.write_str(what),
            Failure::Mapping(problems) => list(f, problems),
            Failure::Survey(problems) => {
                let told: Vec<String> = problems.iter().map(tell).collect();
                list(f, &told)
            }
            Failure::Intake(error) => write!(f, "cannot {error}"),
            Failure::Ledger(error) => write!(f, "cannot use the ledger: {error}"),
            Failure::Write { path, error } => write!(f, "cannot write {}: {error}", path.display()),
            Failure::SourceChanged { file, .. } => {
                write!(f, "{file} is not the file that was read before")
            }
            Failure::Stale { what } => write!(f, "the plan is stale: {what}"),
            Failure::Journal { what } | Failure::Target { what, .. } => f.write_str(what),
        }
    }
}

/// The name in `name (number)`.
fn name_of(organization: &str) -> &str {
    organization.rsplit_once(" (").map_or(organization, |(name, _)| name)
}

/// A file that does not fit its mapping: where, what, why it matters, what to do.
fn tell(problem: &SurveyProblem) -> String {
    let place = problem.at.as_ref().map(|at| format!("{at}: ")).unwrap_or_default();
    format!("{place}{}\n  why    {}\n  do     {}", problem.message, problem.why, problem.help)
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, problems: &[T]) -> fmt::Result {
    for (i, problem) in problems.iter().enumerate() {
        if i > 0 {
            writeln!(f, "\n")?;
        }
        write!(f, "{problem}")?;
    }
    Ok(())
}

impl std::error::Error for Failure {}

impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        Failure::Intake(error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Failure::Ledger(error)
    }
}

/// What a stage or command gives.
pub type Result<T> = std::result::Result<T, Failure>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_outranks_every_other_ending() {
        assert_eq!(Exit::most_urgent(&[Exit::NeedsPerson, Exit::InDoubt]), Exit::InDoubt);
        assert_eq!(Exit::most_urgent(&[Exit::NeedsPerson, Exit::WaitingAtVendor]), Exit::WaitingAtVendor);
        assert_eq!(Exit::most_urgent(&[]), Exit::Done);
    }

    #[test]
    fn an_organization_of_the_same_name_may_be_seen_through_another_user() {
        let help = |wanted: &str| {
            let (bound, wanted) = ("Harbor Light (7)".to_owned(), wanted.to_owned());
            Failure::Ledger(LedgerError::WrongOrganization { bound, wanted }).hint()
        };
        assert!(help("Harbor Light (8)").contains("another user"));
        assert!(help("Other House (8)").contains("the organization this ledger was planned for"));
    }
}
