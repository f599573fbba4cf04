//! Times read, map, link and seal on a migration folder, with peak memory and the ledger's size.
//!
//!     cargo run --release -p heirloom-tests --bin make_sample -- --out /tmp/big --gifts 200000 --donors 50000 --seed 7 --csv
//!     cargo run --release -p heirloom-tests --bin measure_stages -- /tmp/big
//!
//! Donors are taken to exist at the target already, so that every gift can be sealed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use heirloom::failure::Result;
use heirloom::folder::Folder;
use heirloom::migration::Migration;
use heirloom::progress::Progress;
use heirloom::stages::{link, map, plan, read};
use heirloom_ledger::ContactMatch;
use heirloom_model::Moment;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".into()));
    let folder = Folder::new(&folder).rehearsal();
    // A measured run starts from nothing.
    let _ = std::fs::remove_dir_all(folder.work());
    let migration = Migration::open(folder.clone(), Moment(0))?;
    let quiet = Progress::Silent;
    let (files, reading) = timed(|| read::read(&migration, &quiet))?;
    let (_, mapping) = timed(|| map::map(&migration, &quiet))?;
    let (linked, linking) = timed(|| link::link(&migration, &quiet))?;
    let mut contacts: Vec<_> = migration.ledger.clusters()?.into_iter().map(|c| c.contact).collect();
    contacts.sort();
    contacts.dedup();
    let matches = contacts.into_iter().zip(1..);
    let matches: Vec<ContactMatch> =
        matches.map(|(contact, target)| ContactMatch { contact, target, how: "reference".into() }).collect();
    migration.ledger.save_matches(&matches)?;
    let (planned, sealing) = timed(|| plan::seal(&migration, Moment(0), &quiet))?;
    let whole = reading + mapping + linking + sealing;
    let gifts: u64 = planned.plans.iter().map(|p| p.items).sum();
    let text: u64 = files.iter().map(|f| f.facts.bytes).sum();
    for (stage, took) in [("read", reading), ("map", mapping), ("link", linking), ("seal", sealing)] {
        println!("{stage:<6} {:>8.2} s", took.as_secs_f64());
    }
    let per_second = gifts as f64 / whole.as_secs_f64();
    println!(
        "whole  {:>8.2} s: {gifts} gifts and {} donors, {per_second:.0} gifts/s",
        whole.as_secs_f64(),
        linked.records
    );
    let ledger = size(&folder.ledger());
    println!("ledger {ledger} bytes for {text} bytes of source: {:.2} times", ledger as f64 / text as f64);
    match peak_kib() {
        Some(kib) => println!("peak   {} MiB", kib / 1024),
        None => println!("peak   not known on this platform"),
    }
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let begun = Instant::now();
    let done = work()?;
    Ok((done, begun.elapsed()))
}

/// The ledger with what is still in its write-ahead log.
fn size(ledger: &Path) -> u64 {
    let wal = PathBuf::from(format!("{}-wal", ledger.display()));
    [ledger, &wal].iter().filter_map(|p| std::fs::metadata(p).ok()).map(|m| m.len()).sum()
}

/// The process's peak resident memory, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
