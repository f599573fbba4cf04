//! Measures linkage against a labelled set: pairwise precision, recall, F1 of persons.
//!
//!     measure gen DIR          contacts.csv and truth.csv of gen_donors.py
//!     measure febrl1|febrl3|fake1000 DIR     sets of data/linkage
//!
//! DUMP=FILE writes every kept pair with its levels and the truth; REPEAT=1 times the
//! phases. Figures when the weights were set (merge from 0.95), P / R / F1:
//! gen 10k seed 1 .951/.921/.935, seed 4242 (never looked at) .946/.909/.927; gen 50k
//! seed 777 (never looked at) .949/.897/.922; febrl1 1/.840/.913; fake1000 1/.565/.722.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Instant;

use heirloom_linkage::{Clusters, File, Place, Record, RecordKind, Scored, Thresholds};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [set, folder] = &arguments[..] else {
        eprintln!("usage: measure gen|febrl1|febrl3|fake1000 DIR");
        std::process::exit(2);
    };
    let (data, truth) = match set.as_str() {
        "gen" => (format!("{folder}/contacts.csv"), format!("{folder}/truth.csv")),
        name => (format!("{folder}/{name}.csv"), format!("{folder}/{name}.truth.csv")),
    };
    let rows = read(&data);
    let entities = read(&truth);
    let key = if set == "gen" { "CnBio_ID" } else { "record_id" };
    let ids: HashMap<&str, i64> = rows.iter().enumerate().map(|(i, r)| (r[key].as_str(), i as i64)).collect();
    let mut entity = vec![String::new(); rows.len()];
    let mut household = vec![String::new(); rows.len()];
    for row in &entities {
        let at = ids[row["record_id"].as_str()] as usize;
        entity[at] = row["entity_id"].clone();
        household[at] = row.get("household_id").cloned().unwrap_or_default();
    }
    let records: Vec<Record> = rows
        .iter()
        .enumerate()
        .map(|(i, row)| match set.as_str() {
            "gen" => generated(i as i64, row),
            "fake1000" => fake(i as i64, row),
            _ => febrl(i as i64, row),
        })
        .collect();

    let started = Instant::now();
    let file = File::read(&records);
    let blocking = file.block();
    let blocked = started.elapsed();
    let scored = file.score(&blocking);
    let compared = started.elapsed();
    let clusters = file.cluster(&scored, &Thresholds::default(), &[]);
    let all = started.elapsed();

    if std::env::var("REPEAT").is_ok() {
        repeat(&records);
    }
    println!(
        "{} records, {} pairs, {} kept, {} blocks split",
        records.len(),
        blocking.pairs.len(),
        scored.len(),
        blocking.oversized.len()
    );
    println!("block {blocked:?}, score {:?}, cluster {:?}, all {all:?}", compared - blocked, all - compared);
    let candidates = blocking.pairs.iter().filter(|p| entity[p.a as usize] == entity[p.b as usize]).count();
    let wanted = pairs(entity.iter());
    println!(
        "candidates hold {candidates} of {wanted} true pairs ({:.3})",
        candidates as f64 / wanted as f64
    );
    report("persons", &entity, &clusters.persons);
    if household.iter().any(|h| !h.is_empty()) {
        report("contacts against households", &household, &clusters.contacts);
    }
    let right = clusters.review.iter().filter(|&&i| same(&entity, &scored[i])).count();
    println!(
        "review {} pairs, {right} of them true; kept apart {}",
        clusters.review.len(),
        clusters.kept_apart.len()
    );
    curve(&file, &scored, &entity);
    if let Ok(file) = std::env::var("DUMP") {
        dump(&file, &scored, &entity, &clusters, &rows, key);
    }
}

/// Times the phases several times over: CPU time is steadier than wall time on a busy machine.
fn repeat(records: &[Record]) {
    for _ in 0..5 {
        let (began, wall) = (cpu_ms(), Instant::now());
        let file = File::read(records);
        let prepared = cpu_ms();
        let blocking = file.block();
        let blocked = cpu_ms();
        let scored = file.score(&blocking);
        let compared = cpu_ms();
        let clusters = file.cluster(&scored, &Thresholds::default(), &[]);
        let done = cpu_ms();
        println!(
            "cpu ms: prepare {}, block {}, score {}, cluster {}, all {}; wall {:?}; {} links",
            prepared - began,
            blocked - prepared,
            compared - blocked,
            done - compared,
            done - began,
            wall.elapsed(),
            clusters.links.len()
        );
    }
}

/// CPU time of all threads so far; Linux only, else 0.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.split_whitespace().collect();
    let tick = |at: usize| fields.get(at).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    (tick(13) + tick(14)) * 10
}

fn same(entity: &[String], s: &Scored) -> bool {
    entity[s.a as usize] == entity[s.b as usize]
}

fn curve(file: &File, scored: &[Scored], entity: &[String]) {
    for merge in [0.5, 0.7, 0.8, 0.9, 0.95, 0.98] {
        let thresholds = Thresholds { merge, review: merge };
        let clusters = file.cluster(scored, &thresholds, &[]);
        report(&format!("merge {merge}"), entity, &clusters.persons);
    }
}

fn dump(
    file: &str,
    scored: &[Scored],
    entity: &[String],
    clusters: &Clusters,
    rows: &[HashMap<String, String>],
    key: &str,
) {
    let person: HashMap<i64, i64> = clusters.persons.iter().copied().collect();
    let mut out = String::new();
    for s in scored {
        let joined = person[&s.a] == person[&s.b];
        let levels: Vec<String> =
            s.levels.iter().map(|l| format!("{}={}:{:.1}", l.field, l.level, l.bits)).collect();
        let (a, b) = (&rows[s.a as usize][key], &rows[s.b as usize][key]);
        let _ = writeln!(
            out,
            "{}\t{}\t{:.2}\t{a}\t{b}\t{}\t{}\t{}",
            u8::from(same(entity, s)),
            u8::from(joined),
            s.bits,
            s.rule,
            s.same_household,
            levels.join("\t")
        );
    }
    std::fs::write(file, out).expect("dump");
}

fn pairs<T: std::hash::Hash + Eq>(labels: impl Iterator<Item = T>) -> u64 {
    let mut counts: HashMap<T, u64> = HashMap::new();
    for label in labels {
        *counts.entry(label).or_default() += 1;
    }
    counts.values().map(|n| n * (n - 1) / 2).sum()
}

fn report(what: &str, truth: &[String], found: &[(i64, i64)]) {
    let hit = pairs(found.iter().map(|(r, g)| (g, &truth[*r as usize])));
    let (said, real) = (pairs(found.iter().map(|(_, g)| g)), pairs(truth.iter()));
    let (p, r) = (hit as f64 / said.max(1) as f64, hit as f64 / real.max(1) as f64);
    println!(
        "{what}: P {p:.4} R {r:.4} F1 {:.4}  ({hit} of {said} said, {real} true)",
        2.0 * p * r / (p + r)
    );
}

type Row = HashMap<String, String>;

fn text(row: &Row, column: &str) -> String {
    row.get(column).cloned().unwrap_or_default()
}

fn generated(id: i64, row: &Row) -> Record {
    let get = |column: &str| text(row, column);
    let kind = if get("CnBio_Key_Indicator") == "O" { RecordKind::Organization } else { RecordKind::Person };
    let mut record = Record::new(id, kind);
    record.title = get("CnBio_Title_1");
    record.first = get("CnBio_First_Name");
    record.middle = get("CnBio_Middle_Name");
    record.last = get("CnBio_Last_Name");
    record.suffix = get("CnBio_Suffix_1");
    record.nickname = get("CnBio_Nickname");
    record.maiden = get("CnBio_Maiden_name");
    record.gender = get("CnBio_Gender");
    record.second_first = get("CnSpSpBio_First_Name");
    record.second_last = get("CnSpSpBio_Last_Name");
    record.organization = get("CnBio_Org_Name");
    record.birth = date(&get("CnBio_Birth_date"));
    record.addresses.push(Place {
        line1: get("CnAdrPrf_Addrline1"),
        line2: get("CnAdrPrf_Addrline2"),
        city: get("CnAdrPrf_City"),
        state: get("CnAdrPrf_State"),
        postal: get("CnAdrPrf_ZIP"),
    });
    record.phones = vec![get("CnPh_1_01_Phone_number"), get("CnPh_1_02_Phone_number")];
    record.emails = vec![get("CnPh_1_03_Phone_number")];
    record
}

fn febrl(id: i64, row: &Row) -> Record {
    let get = |column: &str| text(row, column);
    let mut record = Record::new(id, RecordKind::Person);
    record.first = get("given_name");
    record.last = get("surname");
    record.birth = date(&get("date_of_birth"));
    record.addresses.push(Place {
        line1: format!("{} {}", get("street_number"), get("address_1")),
        line2: get("address_2"),
        city: get("suburb"),
        state: get("state"),
        postal: get("postcode"),
    });
    record
}

fn fake(id: i64, row: &Row) -> Record {
    let get = |column: &str| text(row, column);
    let mut record = Record::new(id, RecordKind::Person);
    record.first = get("first_name");
    record.last = get("surname");
    record.birth = date(&get("dob"));
    record.addresses.push(Place { city: get("city"), ..Place::default() });
    record.emails = vec![get("email")];
    record
}

fn date(text: &str) -> (Option<i16>, Option<i8>, Option<i8>) {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return (text[..4].parse().ok(), text[4..6].parse().ok(), text[6..].parse().ok());
    }
    let parts: Vec<&str> = text.split(['/', '-']).collect();
    match parts[..] {
        [y, m, d] if y.len() == 4 => (y.parse().ok(), m.parse().ok(), d.parse().ok()),
        [m, d, y] => (y.parse().ok(), m.parse().ok(), d.parse().ok()),
        [y] => (y.parse().ok(), None, None),
        _ => (None, None, None),
    }
}

/// A small CSV reader: quoted fields, doubled quotes, header row.
fn read(path: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(path).expect(path);
    let mut rows: Vec<Vec<String>> = vec![vec![String::new()]];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let row = rows.last_mut().expect("a row");
        let cell = row.last_mut().expect("a cell");
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            _ => cell.push(c),
        }
    }
    let mut rows = rows.into_iter();
    let header = rows.next().expect("header");
    rows.filter(|r| r.len() == header.len()).map(|r| header.iter().cloned().zip(r).collect()).collect()
}
