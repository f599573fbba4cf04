//! What differs between systems: where a program keeps what must outlive a folder, and who may read it.

use std::env::var_os;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Overrides the folder of the send journal.
const STATE: &str = "HEIRLOOM_STATE";

/// The folder in which this user's programs keep their state on this computer: not in the migration's
/// folder, which is copied and put back from backups.
///
/// # Errors
/// If the environment names no home.
pub fn state_dir() -> io::Result<PathBuf> {
    let set = |name: &str| var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set(STATE) {
        return Ok(folder);
    }
    let home = || set("HOME").ok_or_else(|| io::Error::other(format!("set {STATE} to a folder")));
    if cfg!(windows) {
        let local =
            set("LOCALAPPDATA").ok_or_else(|| io::Error::other(format!("set {STATE} to a folder")))?;
        return Ok(local.join("heirloom"));
    }
    if cfg!(target_os = "macos") {
        return Ok(home()?.join("Library/Application Support/heirloom"));
    }
    let state = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
    state.map_or_else(|| Ok(home()?.join(".local/state")), Ok).map(|folder| folder.join("heirloom"))
}

/// Makes a folder that only its owner can enter, with those above it, where they are missing.
///
/// # Errors
/// What the system says.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for reading and writing that only its owner can read, in a folder that only they can
/// enter; makes what is missing.
///
/// # Errors
/// What the system says.
pub fn private_file(folder: &Path, name: &str) -> io::Result<File> {
    private_folder(folder)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join(name))
}
