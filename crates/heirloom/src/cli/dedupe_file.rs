//! `heirloom dedupe file`: who is who in one file, without a migration.

use std::io::{BufWriter, Write};
use std::path::Path;

use clap::Args;
use heirloom_linkage::{Clusters, Model, Scored, Scores, Thresholds, Verdict};
use heirloom_mapping::Roster;
use heirloom_report::{push_csv_line, words};
use rayon::prelude::*;
use serde_json::json;
use std::path::PathBuf;

use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::roster::{self, Read};
use crate::write::private_beside;

/// What `dedupe file` is told.
#[derive(Args)]
pub struct FileArgs {
    /// The records: CSV, or the first sheet of a workbook
    records: PathBuf,
    /// Which column is what (docs/dedupe.md)
    #[arg(long, value_name = "TOML")]
    mapping: PathBuf,
    /// Where to write record_id, cluster_id, probability
    #[arg(long, value_name = "CSV")]
    out: PathBuf,
    /// Where to write the scored pairs with their reasons
    #[arg(long, value_name = "CSV")]
    pairs: Option<PathBuf>,
    /// Records are one cluster from this probability on; "merge" takes the cut that is sure enough to join unseen
    #[arg(long, value_name = "P", default_value = "0.5")]
    cut: String,
}

/// Runs linkage on a file and writes what it found.
pub fn dedupe_file(setting: &Setting, args: &FileArgs) -> Result<Said> {
    let roster = mapping(&args.mapping)?;
    let wanted = cut(&args.cut)?;
    let read = roster::read(&args.records, roster, &setting.progress)?;
    let bar = setting.progress.of("compare", read.ids.len() as u64);
    let scores = read.file.score(None);
    let own = scores.model.thresholds;
    let merge = wanted.unwrap_or(own.merge);
    let review = own.review.min(merge);
    let clusters = read.file.cluster(&scores.pairs, &Thresholds { merge, review }, &[]);
    bar.add(read.ids.len() as u64);
    let standing = standing(&read, &scores, &clusters);
    write_clusters(&args.out, &read, &standing)?;
    let pairs_written = match &args.pairs {
        None => None,
        Some(path) => Some(write_pairs(path, &read, &scores)?),
    };
    tell(setting, args, &Outcome { read: &read, scores: &scores, clusters: &clusters, merge, pairs_written })
}

struct Outcome<'a> {
    read: &'a Read,
    scores: &'a Scores,
    clusters: &'a Clusters,
    merge: f64,
    pairs_written: Option<u64>,
}

fn tell(setting: &Setting, args: &FileArgs, found: &Outcome<'_>) -> Result<Said> {
    let (out, own) = (setting.out, found.scores.model.thresholds);
    let (records, links) = (found.read.ids.len() as u64, found.clusters.links.len() as u64);
    let persons = records - links;
    let probability = |pair: &(i64, i64)| {
        let at = found.scores.pairs.binary_search_by_key(pair, |s| (s.a, s.b));
        at.map_or(0.0, |at| found.scores.pairs[at].probability())
    };
    let sure = found.clusters.links.iter().filter(|link| probability(link) >= own.merge).count() as u64;
    let open = |at: &&usize| found.scores.pairs[**at].probability() >= own.review;
    let review = found.clusters.review.iter().filter(open).count() as u64 + (links - sure);
    let compared = found.scores.blocking.pairs_count() as u64;
    let capped = &found.scores.blocking.oversized;
    out.stage("records", &format!("{:>14}", words::number(records)));
    if found.read.unnamed > 0 {
        let rows = words::count(found.read.unnamed, "row");
        out.stage(
            "left out",
            &format!("{:>14}  {rows} without a record id", words::number(found.read.unnamed)),
        );
    }
    out.stage("compared", &format!("{:>14}  pairs", words::number(compared)));
    let text =
        format!("{:>14}  people and organizations, at {:.3} and above", words::number(persons), found.merge);
    out.stage("persons", &text);
    out.stage(
        "merges",
        &format!(
            "{:>14}  {} of them sure ({:.3} and above)",
            words::number(links),
            words::number(sure),
            own.merge
        ),
    );
    out.stage(
        "review",
        &format!(
            "{:>14}  pairs between {:.3} and {:.3} for your eyes",
            words::number(review),
            own.review,
            own.merge
        ),
    );
    tell_capped(setting, found);
    out.line(&format!("Written: {}", args.out.display()));
    if let (Some(path), Some(written)) = (&args.pairs, found.pairs_written) {
        out.line(&format!("Written: {}, {}", path.display(), words::count(written, "pair")));
    }
    let (records_path, mapping) = (args.records.display(), args.mapping.display());
    let command = format!("heirloom dedupe file {records_path} --mapping {mapping}");
    match &args.pairs {
        None => out.line(&format!("Next:  {command} --out {} --pairs pairs.csv", args.out.display())),
        Some(path) => {
            out.line(&format!("Next:  open {} and look at the pairs marked review", path.display()))
        }
    }
    let blocks: Vec<_> = capped
        .iter()
        .map(|b| json!({ "rule": b.rule, "records": b.records, "pairs_left_out": b.pairs_left_out }))
        .collect();
    let document = json!({
        "records": records, "left_out": found.read.unnamed, "compared": compared, "persons": persons,
        "merges": links, "sure": sure, "review": review, "cut": found.merge, "merge_cut": own.merge,
        "review_cut": own.review, "capped": blocks, "out": args.out.display().to_string(),
        "pairs": found.pairs_written,
    });
    Said::new(document, Exit::Done)
}

/// Says which blocks were too large to be compared whole, and what that left out.
fn tell_capped(setting: &Setting, found: &Outcome<'_>) {
    let out = setting.out;
    let capped = &found.scores.blocking.oversized;
    let left_out: u64 = capped.iter().map(|block| block.pairs_left_out).sum();
    let capped_text = "blocks too large to be compared whole, pairs left out:";
    out.stage(
        "capped",
        &format!("{:>14}  {capped_text} {}", words::number(capped.len() as u64), words::number(left_out)),
    );
    let mut largest: Vec<_> = capped.iter().collect();
    largest.sort_by_key(|block| std::cmp::Reverse(block.records));
    for block in largest.iter().take(3) {
        let example = block.examples.first().map(|&number| found.read.id(number)).unwrap_or_default();
        let example = words::clip(&words::safe(example), 30);
        out.stage(
            "",
            &format!(
                "{:>14}  records share one {}, such as record {example}",
                words::number(block.records),
                block.rule
            ),
        );
    }
}

fn mapping(path: &Path) -> Result<Roster> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let what = format!("cannot read the mapping {}: {error}", path.display());
        Failure::usage(what, "docs/dedupe.md shows one; mappings/dedupe has some to begin from")
    })?;
    Roster::parse(&path.display().to_string(), &text).map_err(Failure::Mapping)
}

/// The cut that was asked for; `None` is the model's own merge cut.
fn cut(text: &str) -> Result<Option<f64>> {
    if text == "merge" {
        return Ok(None);
    }
    let number: Option<f64> = text.parse().ok().filter(|p| (0.0..=1.0).contains(p) && *p > 0.0);
    let failure =
        || Failure::usage(format!("\"{text}\" is no cut"), "say a probability such as 0.9, or merge");
    number.map(Some).ok_or_else(failure)
}

/// For each record in the order of the file: its cluster's id, and how probable it is that it
/// stands where it does.
fn standing<'r>(read: &'r Read, scores: &Scores, clusters: &Clusters) -> Vec<(&'r str, f64)> {
    let id = |at: usize| read.ids[read.by_number[at].1 as usize].0.as_ref();
    let at = |number: i64| read.at(number).unwrap_or_default();
    // Records by their numbers' order, as `clusters.persons` has them.
    let person_of: Vec<usize> = clusters.persons.par_iter().map(|(_, person)| at(*person)).collect();
    // A cluster is called by the first of its records' ids in the order of text.
    let mut named: Vec<usize> = (0..person_of.len()).collect();
    for (record, &person) in person_of.iter().enumerate() {
        if record != person && id(record) < id(named[person]) {
            named[person] = record;
        }
    }
    // The best that speaks for a record's place among others, and for another place.
    let mut best: Vec<(Option<f64>, f64)> = vec![(None, 0.0); person_of.len()];
    let found = scores.pairs.par_iter().map(|pair| (at(pair.a), at(pair.b), pair.probability()));
    for (a, b, probability) in found.collect::<Vec<_>>() {
        for record in [a, b] {
            let (within, outside) = &mut best[record];
            match person_of[a] == person_of[b] {
                true => *within = Some(within.unwrap_or(0.0).max(probability)),
                false => *outside = outside.max(probability),
            }
        }
    }
    let mut standing = vec![("", 0.0); person_of.len()];
    for (record, (_, place)) in read.by_number.iter().enumerate() {
        let (within, outside) = best[record];
        standing[*place as usize] = (id(named[person_of[record]]), within.unwrap_or(1.0 - outside));
    }
    standing
}

fn write_clusters(path: &Path, read: &Read, standing: &[(&str, f64)]) -> Result<()> {
    let parts = read.ids.par_chunks(8_192).zip(standing.par_chunks(8_192));
    let texts: Vec<String> = parts
        .map(|(ids, standing)| {
            let mut text = String::new();
            for ((id, _), (cluster, probability)) in ids.iter().zip(standing) {
                push_csv_line(&mut text, &[id, cluster, &format!("{probability:.6}")]);
            }
            text
        })
        .collect();
    write_csv(path, &["record_id", "cluster_id", "probability"], &texts)
}

const PAIRS_HEADER: [&str; 7] =
    ["record_a", "record_b", "probability", "bits", "verdict", "met_by", "reasons"];

fn write_pairs(path: &Path, read: &Read, scores: &Scores) -> Result<u64> {
    let texts: Vec<String> = scores
        .pairs
        .par_chunks(4_096)
        .map(|pairs| {
            let mut text = String::new();
            pairs.iter().for_each(|pair| pair_line(&mut text, read, scores, pair));
            text
        })
        .collect();
    write_csv(path, &PAIRS_HEADER, &texts)?;
    Ok(scores.pairs.len() as u64)
}

fn pair_line(text: &mut String, read: &Read, scores: &Scores, pair: &Scored) {
    let (one, other) = (read.id(pair.a), read.id(pair.b));
    let verdict = match pair.verdict(&scores.model.thresholds) {
        Verdict::Merge => "same",
        Verdict::Review => "review",
        Verdict::Distinct if pair.same_household() => "same household",
        Verdict::Distinct => "different",
    };
    let cells = [
        one.min(other),
        one.max(other),
        &format!("{:.6}", pair.probability()),
        &format!("{:.2}", pair.bits),
        verdict,
        pair.rule(),
        &reasons(&scores.model, pair),
    ];
    push_csv_line(text, &cells);
}

/// The parts of a score that have something to say, in bits.
fn reasons(model: &Model, pair: &Scored) -> String {
    let told = model.explain(pair.pattern).into_iter().filter(|level| level.level != "missing");
    told.map(|level| format!("{} {} {:+.2}", level.field, level.level, level.bits))
        .collect::<Vec<_>>()
        .join("; ")
}

/// Writes beside the target first, so that a stop leaves the old file or the new one, never half.
fn write_csv(path: &Path, header: &[&str], texts: &[String]) -> Result<()> {
    let (beside, file) = private_beside(path)?;
    let write = || -> std::io::Result<()> {
        let mut disk = BufWriter::with_capacity(1 << 20, file);
        let mut line = String::new();
        push_csv_line(&mut line, header);
        disk.write_all(line.as_bytes())?;
        texts.iter().try_for_each(|text| disk.write_all(text.as_bytes()))?;
        disk.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| Failure::write(path, error))
}
