//! Measures linkage against labelled sets: the table of docs/linkage.md.
//!
//!     measure [--data DIR] [--tools DIR] [--work DIR] [--errors] SET...
//!
//! A set is `febrl1`, `febrl3`, `historical50k`, `fake1000`, `restaurant` of the data folder,
//! or `gen:RECORDS:SEED`, which the generator in the tools folder makes (python3). Each set
//! runs in a process of its own, so that the peak memory is its own. No label is used but
//! for judging. DUMP=FILE writes every kept pair with its parts and the truth.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use heirloom_linkage::{Clusters, Scores, Thresholds};
use sets::{Keys, read};

mod sets;

/// The allocator of the tool itself, so that time and memory are the tool's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What was asked for.
struct Asked {
    data: PathBuf,
    tools: PathBuf,
    work: PathBuf,
    errors: bool,
    one: bool,
    sets: Vec<String>,
}

fn main() {
    let asked = asked();
    if asked.one {
        return measure(&asked, &asked.sets[0]);
    }
    println!(
        "{:<15} {:>9} {:>6} {:>6} {:>6} {:>6} | {:>6} {:>6} | {:>6} {:>7} | {:>7} {:>7} {:>6}",
        "set", "records", "P", "R", "F1", "B3", "P mrg", "R mrg", "R rev", "review", "wall s", "cpu s", "MiB"
    );
    for set in &asked.sets {
        let own = std::env::current_exe().expect("own path");
        let mut command = Command::new(own);
        command.arg("--one").arg("--data").arg(&asked.data).arg("--tools").arg(&asked.tools);
        command.arg("--work").arg(&asked.work).arg(set);
        if asked.errors {
            command.arg("--errors");
        }
        let ended = command.status().expect("a process");
        assert!(ended.success(), "{set}");
    }
}

fn asked() -> Asked {
    let mut asked = Asked {
        data: "../shared/data/linkage".into(),
        tools: "../shared/tools".into(),
        work: std::env::temp_dir().join("heirloom-measure"),
        errors: false,
        one: false,
        sets: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut path = || PathBuf::from(arguments.next().expect("a folder"));
        match argument.as_str() {
            "--data" => asked.data = path(),
            "--tools" => asked.tools = path(),
            "--work" => asked.work = path(),
            "--errors" => asked.errors = true,
            "--one" => asked.one = true,
            set => asked.sets.push(set.to_owned()),
        }
    }
    if asked.sets.is_empty() {
        let all = "gen:10000:1 gen:100000:2 gen:1000000:3 gen:100000:101 gen:100000:102 gen:100000:103 \
                   febrl1 febrl3 historical50k fake1000 restaurant";
        asked.sets = all.split_whitespace().map(str::to_owned).collect();
    }
    asked
}

/// The files of a set: records and truth. Generates them if need be.
fn files(asked: &Asked, set: &str) -> (PathBuf, PathBuf) {
    let parts: Vec<&str> = set.split(':').collect();
    let ["gen", records, seed] = parts[..] else {
        return (asked.data.join(format!("{set}.csv")), asked.data.join(format!("{set}.truth.csv")));
    };
    let folder = asked.work.join(format!("gen-{records}-{seed}"));
    if !folder.join("truth.csv").exists() {
        let mut command = Command::new("python3");
        command.arg(asked.tools.join("gen_donors.py")).args(["--n", records, "--seed", seed, "--no-gifts"]);
        command.arg("--out").arg(&folder).stdout(std::process::Stdio::null());
        assert!(command.status().expect("python3").success(), "generator");
    }
    (folder.join("contacts.csv"), folder.join("truth.csv"))
}

fn measure(asked: &Asked, set: &str) {
    let (data, truth) = files(asked, set);
    let (cpu, started) = (cpu_ms(), Instant::now());
    let (file, keys) = read(set, &data);
    let prepared = (cpu_ms(), started.elapsed());
    let scores = file.score(None);
    let scored = (cpu_ms(), started.elapsed());
    let half = file.cluster(&scores.pairs, &Thresholds { merge: 0.5, review: 0.5 }, &[]);
    let all = (cpu_ms(), started.elapsed());
    let peak = peak_mib();
    let thresholds = scores.model.thresholds;
    let clusters = file.cluster(&scores.pairs, &thresholds, &[]);
    let truth = Truth::read(&truth, &keys);
    let f = figures(&truth.entity, &half);
    let merged = figures(&truth.entity, &clusters);
    let found = merged.hits + clusters.review.iter().filter(|&&at| truth.same(&scores, at)).count() as f64;
    println!(
        "{set:<15} {:>9} {:>6.4} {:>6.4} {:>6.4} {:>6.4} | {:>6.4} {:>6.4} | {:>6.4} {:>7} | {:>7.2} {:>7.2} {:>6}",
        file.len(),
        f.precision,
        f.recall,
        f.f1,
        f.b_cubed,
        merged.precision,
        merged.recall,
        found / merged.real,
        clusters.review.len(),
        all.1.as_secs_f64(),
        (all.0 - cpu) as f64 / 1e3,
        peak
    );
    if asked.errors {
        println!(
            "    cuts {:.4} {:.4}; cpu ms: prepare {}, score {}, cluster {}; {} pairs of which {} kept; {} blocks split",
            thresholds.merge,
            thresholds.review,
            prepared.0 - cpu,
            scored.0 - prepared.0,
            all.0 - scored.0,
            scores.blocking.pairs_count(),
            scores.pairs.len(),
            scores.blocking.oversized.len()
        );
        let mut rules: Vec<_> = scores.blocking.rules.iter().filter(|r| r.pairs > 0).collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.pairs));
        let rules: Vec<String> = rules.iter().map(|r| format!("{} {}", r.rule, r.pairs)).collect();
        println!("    pairs by rule: {}", rules.join(", "));
        let held = scores
            .blocking
            .pairs(&file)
            .filter(|&(a, b)| truth.entity[a as usize] == truth.entity[b as usize]);
        println!("    candidates hold {:.4} of the true pairs", held.count() as f64 / merged.real);
        println!("    digest of the persons {:016x}", digest(&half) ^ digest(&clusters).rotate_left(1));
        calibration(&truth, &scores);
        truth.breakdown(&half);
    }
    if let Ok(path) = std::env::var("DUMP") {
        dump(&path, &scores, &truth, &half, &keys);
    }
}

/// One number for who is who, by which two runs can be compared.
fn digest(clusters: &Clusters) -> u64 {
    let mix = |hash: u64, n: i64| (hash ^ n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23);
    clusters.persons.iter().fold(0, |hash, &(record, person)| mix(mix(hash, record), person))
}

/// What the records are in truth, by position.
struct Truth {
    entity: Vec<u32>,
    household: Vec<String>,
    traits: Vec<String>,
    tags: Vec<String>,
}

impl Truth {
    fn read(path: &Path, keys: &Keys) -> Truth {
        let n = keys.len();
        let position: HashMap<&str, usize> = (0..n).map(|at| (keys.get(at), at)).collect();
        let mut rows = sets::Rows::open(path);
        let columns = ["entity_id", "household_id", "traits", "tags"].map(|name| rows.column(name));
        let blank = || vec![String::new(); n];
        let mut truth = Truth { entity: vec![0; n], household: blank(), traits: blank(), tags: blank() };
        let mut entities: HashMap<String, u32> = HashMap::new();
        while let Some(part) = rows.part() {
            for line in part.lines() {
                let row = sets::split(line);
                let Some(&at) = position.get(row[0].as_ref()) else { continue };
                let get = |column: Option<usize>| column.map(|c| row[c].to_string()).unwrap_or_default();
                let next = entities.len() as u32;
                truth.entity[at] = *entities.entry(get(columns[0])).or_insert(next);
                truth.household[at] = get(columns[1]);
                truth.traits[at] = get(columns[2]);
                truth.tags[at] = get(columns[3]);
            }
        }
        truth
    }

    fn same(&self, scores: &Scores, at: usize) -> bool {
        let pair = &scores.pairs[at];
        self.entity[pair.a as usize] == self.entity[pair.b as usize]
    }

    /// Recall by what was done to a record, and what the false pairs are.
    fn breakdown(&self, clusters: &Clusters) {
        let mut recall: HashMap<&str, (u32, u32)> = HashMap::new();
        let mut by_entity: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, entity) in self.entity.iter().enumerate() {
            by_entity.entry(*entity).or_default().push(at);
        }
        for (a, b) in by_entity.values().flat_map(|members| pairs(members)) {
            let both = format!("{} {}", self.tags[a], self.tags[b]);
            let mut tags: Vec<&str> = both.split_whitespace().collect();
            tags.sort_unstable();
            tags.dedup();
            let joined = clusters.persons[a].1 == clusters.persons[b].1;
            for tag in if tags.is_empty() { vec!["clean"] } else { tags } {
                let known = ALL_TAGS.iter().find(|t| **t == tag).copied().unwrap_or("other");
                let count = recall.entry(known).or_default();
                count.0 += u32::from(joined);
                count.1 += 1;
            }
        }
        let mut false_pairs: HashMap<&str, u32> = HashMap::new();
        let mut by_cluster: HashMap<i64, Vec<usize>> = HashMap::new();
        for (record, person) in &clusters.persons {
            by_cluster.entry(*person).or_default().push(*record as usize);
        }
        for (a, b) in by_cluster.values().flat_map(|members| pairs(members)) {
            if self.entity[a] != self.entity[b] {
                *false_pairs.entry(self.kind(a, b)).or_default() += 1;
            }
        }
        let mut line = String::from("    recall by kind:");
        for tag in ALL_TAGS {
            if let Some((hit, of)) = recall.get(tag) {
                let _ = write!(line, " {tag} {:.2} of {of},", f64::from(*hit) / f64::from(*of));
            }
        }
        println!("{}", line.trim_end_matches(','));
        let mut kinds: Vec<(&str, u32)> = false_pairs.into_iter().collect();
        kinds.sort_unstable_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        println!("    false pairs: {}", kinds.join(", "));
    }

    fn kind(&self, a: usize, b: usize) -> &'static str {
        let both = |name: &str| [a, b].iter().all(|&at| self.traits[at].split(' ').any(|t| t == name));
        let home = !self.household[a].is_empty() && self.household[a] == self.household[b];
        match home {
            true if both("father_son") => "father and son",
            _ if both("org_sibling") => "company and foundation",
            true => "spouse or kin",
            _ if both("same_name") => "same name",
            _ if both("branch") => "branches",
            _ => "other",
        }
    }
}

const ALL_TAGS: [&str; 25] = [
    "clean",
    "nick",
    "typo_first",
    "typo_last",
    "initial",
    "swap",
    "maiden",
    "hyphen_part",
    "joint",
    "one_field",
    "moved",
    "no_addr",
    "typo_street",
    "typo_city",
    "typo_zip",
    "typo_phone",
    "typo_email",
    "dob_swap",
    "dob_year",
    "suffix_in_last",
    "caps",
    "org_suffix",
    "org_the",
    "typo_org",
    "other",
];

fn pairs(members: &[usize]) -> impl Iterator<Item = (usize, usize)> + '_ {
    members.iter().enumerate().flat_map(|(i, &a)| members[i + 1..].iter().map(move |&b| (a, b)))
}

struct Figures {
    precision: f64,
    recall: f64,
    f1: f64,
    b_cubed: f64,
    hits: f64,
    real: f64,
}

fn figures(truth: &[u32], clusters: &Clusters) -> Figures {
    let mut joint: HashMap<(i64, u32), u64> = HashMap::new();
    let (mut said, mut real): (HashMap<i64, u64>, HashMap<u32, u64>) = Default::default();
    for (record, person) in &clusters.persons {
        let entity = truth[*record as usize];
        *joint.entry((*person, entity)).or_default() += 1;
        *said.entry(*person).or_default() += 1;
        *real.entry(entity).or_default() += 1;
    }
    let two = |n: &u64| (n * (n - 1) / 2) as f64;
    let hits: f64 = joint.values().map(two).sum();
    let (all_said, all_real): (f64, f64) = (said.values().map(two).sum(), real.values().map(two).sum());
    let (precision, recall) = (hits / all_said.max(1.0), hits / all_real.max(1.0));
    let n = truth.len() as f64;
    let share = |of: u64, n: u64| (n * n) as f64 / of as f64;
    let b_precision = joint.iter().map(|((p, _), &n)| share(said[p], n)).sum::<f64>() / n;
    let b_recall = joint.iter().map(|((_, e), &n)| share(real[e], n)).sum::<f64>() / n;
    Figures {
        precision,
        recall,
        f1: 2.0 * precision * recall / (precision + recall).max(1e-9),
        b_cubed: 2.0 * b_precision * b_recall / (b_precision + b_recall),
        hits,
        real: all_real,
    }
}

/// Of pairs given a probability, how many are true.
fn calibration(truth: &Truth, scores: &Scores) {
    let edges = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.999, 1.1];
    let mut line = String::from("    calibration (given: true of pairs):");
    for edge in edges.windows(2) {
        let within: Vec<usize> = (0..scores.pairs.len())
            .filter(|&at| (edge[0]..edge[1]).contains(&scores.pairs[at].probability()))
            .collect();
        let given: f64 = within.iter().map(|&at| scores.pairs[at].probability()).sum();
        let right = within.iter().filter(|&&at| truth.same(scores, at)).count();
        if !within.is_empty() {
            let n = within.len() as f64;
            let _ = write!(line, " {:.3}: {:.3} of {},", given / n, right as f64 / n, within.len());
        }
    }
    println!("{}", line.trim_end_matches(','));
}

fn dump(path: &str, scores: &Scores, truth: &Truth, clusters: &Clusters, keys: &Keys) {
    let mut out = String::new();
    for (at, pair) in scores.pairs.iter().enumerate() {
        let (a, b) = (pair.a as usize, pair.b as usize);
        let joined = clusters.persons[a].1 == clusters.persons[b].1;
        let parts: Vec<String> = scores
            .model
            .explain(pair.pattern)
            .iter()
            .map(|l| format!("{}={}:{:.1}", l.field, l.level, l.bits))
            .collect();
        let _ = writeln!(
            out,
            "{}\t{}\t{:.2}\t{}\t{}\t{}\t{}\t{}",
            u8::from(truth.same(scores, at)),
            u8::from(joined),
            pair.bits,
            keys.get(a),
            keys.get(b),
            truth.kind(a, b),
            pair.rule(),
            parts.join("\t")
        );
    }
    std::fs::write(path, out).expect("dump");
}

/// CPU time of all threads so far, and the peak of memory; Linux only, else 0.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.split_whitespace().collect();
    let tick = |at: usize| fields.get(at).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    (tick(13) + tick(14)) * 10
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
