//! Times read, map, link and seal on a migration folder, with peak memory and the ledger's size.
//!
//!     cargo run --release -p heirloom-tests --bin make_sample -- --out /tmp/big --gifts 200000 --donors 50000 --seed 7 --csv
//!     cargo run --release -p heirloom-tests --bin measure_stages -- /tmp/big
//!
//! With `map` behind the folder it ends there, and the peak is that of reading and mapping. Donors are taken
//! to exist at the target already, so that every gift can be sealed.

use std::path::{Path, PathBuf};
use std::time::Instant;

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
    let (mapped, mapping) = timed(|| map::map(&migration, &quiet))?;
    if std::env::args().nth(2).is_some_and(|last| last == "map") {
        let rows = mapped.rows as f64;
        println!("read   {reading}\nmap    {mapping}");
        println!("rows   {rows}: {:.0} rows/s", rows / (reading.wall + mapping.wall));
        tell_peak();
        return Ok(());
    }
    let (linked, linking) = timed(|| link::link(&migration, &quiet))?;
    let mut contacts: Vec<_> = migration.ledger.clusters()?.into_iter().map(|c| c.contact).collect();
    contacts.sort();
    contacts.dedup();
    let matches = contacts.into_iter().zip(1..);
    let matches: Vec<ContactMatch> =
        matches.map(|(contact, target)| ContactMatch { contact, target, how: "reference".into() }).collect();
    migration.ledger.save_matches(&matches)?;
    let (planned, sealing) = timed(|| plan::seal(&migration, Moment(0), &quiet))?;
    let stages = [("read", reading), ("map", mapping), ("link", linking), ("seal", sealing)];
    let whole = Took {
        wall: stages.iter().map(|(_, took)| took.wall).sum(),
        busy: stages.iter().map(|(_, took)| took.busy).sum(),
    };
    let gifts: u64 = planned.plans.iter().map(|p| p.items).sum();
    let text: u64 = files.iter().map(|f| f.facts.bytes).sum();
    for (stage, took) in stages {
        println!("{stage:<6} {took}");
    }
    let per_second = gifts as f64 / whole.wall;
    println!("whole  {whole}: {gifts} gifts and {} donors, {per_second:.0} gifts/s", linked.records);
    // Closing moves what is still in the write-ahead log.
    drop(migration);
    let ledger = size(&folder.ledger());
    println!("ledger {ledger} bytes for {text} bytes of source: {:.2} times", ledger as f64 / text as f64);
    tell_peak();
    Ok(())
}

fn tell_peak() {
    match peak_kib() {
        Some(kib) => println!("peak   {} MiB", kib / 1024),
        None => println!("peak   not known on this platform"),
    }
}

/// What a stage took: the clock's time and, where the system tells, that of all its threads together.
#[derive(Clone, Copy)]
struct Took {
    wall: f64,
    busy: Option<f64>,
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.busy {
            Some(busy) => write!(f, "{:>8.2} s {busy:>8.2} s of processor time", self.wall),
            None => write!(f, "{:>8.2} s", self.wall),
        }
    }
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Took)> {
    let (begun, before) = (Instant::now(), busy());
    let done = work()?;
    let spent = before.zip(busy()).map(|(before, after)| after - before);
    Ok((done, Took { wall: begun.elapsed().as_secs_f64(), busy: spent }))
}

/// Seconds of processor time of this process so far; the kernel counts in hundredths.
fn busy() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
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
