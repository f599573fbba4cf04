//! Workbooks are read by a second process of this program, which limits its own memory and time
//! first: a hostile one ends that process, with one clear line, and nothing else.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::OnceLock;

use heirloom_intake::{Program, WORKBOOK_VARIABLE, Workbooks, serve_workbook};

/// The argument that asks for such a process. Not for people.
const ASKED: &str = "--read-workbook";

/// The argument of the same process once its limits are in force.
#[cfg(unix)]
const LIMITED: &str = "--read-workbook-within-limits";

/// What a process that reads a workbook may use of memory.
const MEMORY_BYTES_MAX: u64 = 512 << 20;

static PROGRAM: OnceLock<Program> = OnceLock::new();

/// Whether this process was started to read a workbook.
pub fn is_asked_for() -> bool {
    #[cfg(unix)]
    let limited = LIMITED;
    #[cfg(not(unix))]
    let limited = ASKED;
    std::env::args_os().nth(1).is_some_and(|argument| argument == ASKED || argument == limited)
}

/// Remembers that this process is the program itself, and so can be started a second time.
pub fn begin_with_this_program() {
    if let Ok(path) = std::env::current_exe() {
        let _ = PROGRAM.set(Program { path, arguments: vec![OsString::from(ASKED)] });
    }
}

/// Where workbooks are read: apart, unless these stages run inside some other program.
pub fn workbooks() -> Workbooks {
    PROGRAM.get().cloned().map_or(Workbooks::Here, Workbooks::Apart)
}

/// Reads the one workbook that the environment names, within limits, and says its rows.
pub fn serve() -> ExitCode {
    let Some(path) = std::env::var_os(WORKBOOK_VARIABLE) else {
        return ExitCode::FAILURE;
    };
    let bytes = std::fs::metadata(&path).map_or(0, |facts| facts.len());
    if limit::enter(MEMORY_BYTES_MAX, seconds_for(bytes)).is_err() {
        return ExitCode::FAILURE;
    }
    match serve_workbook(&path, std::io::stdin().lock(), std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Processor time for a workbook: many times what an honest one of its size needs (about a second
/// for 15 MB).
fn seconds_for(bytes: u64) -> u64 {
    8 + bytes / (1 << 20)
}

#[cfg(unix)]
mod limit {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use rlimit::{Resource, setrlimit};

    /// Limits memory where the system counts it (Linux; macOS ignores it) and processor time, and
    /// begins this program anew inside the limits.
    ///
    /// Before `main` the allocator has set aside a gibibyte of addresses. Limited as it stands, the
    /// process would be beyond its limit from the start: free to fill that gibibyte, and ended by
    /// the first request for anything outside of it.
    pub fn enter(memory_bytes: u64, seconds: u64) -> std::io::Result<()> {
        if std::env::args_os().nth(1).is_some_and(|argument| argument == super::LIMITED) {
            return Ok(());
        }
        setrlimit(Resource::AS, memory_bytes, memory_bytes)?;
        setrlimit(Resource::CORE, 0, 0)?;
        setrlimit(Resource::CPU, seconds, seconds + 1)?;
        Err(Command::new(std::env::current_exe()?).arg(super::LIMITED).exec())
    }
}

#[cfg(windows)]
mod limit {
    use win32job::{ExtendedLimitInfo, Job};

    /// Memory that is not paged out, by a job object that this process joins: the rest of the
    /// computer keeps its own. The safe wrapper offers no limit of all memory, nor of time.
    pub fn enter(memory_bytes: u64, _seconds: u64) -> std::io::Result<()> {
        const AT_LEAST: usize = 1 << 20;
        let mut limits = ExtendedLimitInfo::new();
        limits.limit_working_memory(AT_LEAST, memory_bytes as usize);
        let job = Job::create_with_limit_info(&limits).map_err(std::io::Error::other)?;
        job.assign_current_process().map_err(std::io::Error::other)?;
        // A job ends with its last handle, and this one is meant for as long as the process lives.
        std::mem::forget(job);
        Ok(())
    }
}

#[cfg(not(any(unix, windows)))]
mod limit {
    pub fn enter(_memory_bytes: u64, _seconds: u64) -> std::io::Result<()> {
        Ok(())
    }
}
