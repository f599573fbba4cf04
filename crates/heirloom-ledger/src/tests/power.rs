//! A power cut: what was not synced when it came is whole, missing or torn, sector by sector.

use std::path::{Path, PathBuf};

use super::crash::{dump, steps};
use super::*;

const SECTOR: usize = 512;
/// Ways in which each commit is torn.
const CUTS: u64 = 40;

/// The log beside a ledger's file, which is where a commit is synced.
fn log_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}

/// Small and well mixed; the same for the same seed.
fn rolled(seed: &mut u64, sides: u64) -> u64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 27)) % sides
}

/// The log as the disk may have it if the power went while all beyond `synced` was being written.
fn torn(log: &[u8], synced: usize, seed: u64) -> Vec<u8> {
    let mut seed = seed;
    let mut torn = log.to_vec();
    for sector in torn[synced..].chunks_mut(SECTOR) {
        match rolled(&mut seed, 4) {
            0 => sector.fill(0),
            1 => sector.iter_mut().for_each(|byte| *byte = rolled(&mut seed, 256) as u8),
            _ => {}
        }
    }
    let length = synced + rolled(&mut seed, (log.len() - synced) as u64 + 1) as usize;
    if rolled(&mut seed, 2) == 0 {
        torn.truncate(length);
    }
    torn
}

/// What a ledger holds that is opened with this file and this log.
fn found(file: &[u8], log: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    std::fs::write(&path, file).unwrap();
    std::fs::write(log_of(&path), log).unwrap();
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.check().unwrap(), []);
    dump(&ledger)
}

#[test]
fn a_power_cut_keeps_all_that_was_committed_and_no_half_of_what_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let ledger = Ledger::create(&path, &identity()).unwrap();
    let mut halves = 0;
    for (n, step) in steps().iter().enumerate() {
        let before = dump(&ledger);
        let synced = std::fs::read(log_of(&path)).unwrap().len();
        step(&ledger).unwrap();
        let (file, log) = (std::fs::read(&path).unwrap(), std::fs::read(log_of(&path)).unwrap());
        assert!(log.len() > synced, "step {n} wrote nothing: this test watches the wrong file");
        assert_eq!(found(&file, &log), dump(&ledger), "step {n} was not durable when it returned");
        for cut in 0..CUTS {
            let torn = torn(&log, synced, n as u64 * CUTS + cut);
            if torn != log {
                halves += 1;
                assert_eq!(found(&file, &torn), before, "step {n}, cut {cut}");
            }
        }
    }
    assert!(halves > 300, "{halves} cuts");
}
