//! Duplicates with the real binary: one file without a migration, judged by a scorer of its own; and a
//! person's rulings in a migration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{FAST, Simulator, binary, heirloom, root, said};

fn mapping(name: &str) -> PathBuf {
    root().join("mappings/dedupe").join(name)
}

fn constituents() -> PathBuf {
    root().join("samples/harbor-light/input/constituents.csv")
}

/// `dedupe file` with its outputs in `folder`.
fn dedupe_file(folder: &Path, records: &Path, mapping: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(["dedupe", "file"]).arg(records).arg("--mapping").arg(mapping);
    command.args(["--out", "clusters.csv"]).args(more).current_dir(folder).env("NO_COLOR", "1");
    command.output().unwrap()
}

/// First and second column of a CSV file.
fn labels(path: &Path) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
}

/// Precision, recall and F1 of the pairs of records with one label.
fn pairwise(found: &BTreeMap<String, String>, truth: &BTreeMap<String, String>) -> (f64, f64, f64) {
    let pairs = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
    let mut both: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut clusters, mut entities) = (BTreeMap::new(), BTreeMap::new());
    for (record, entity) in truth {
        let cluster = found[record].as_str();
        *both.entry((cluster, entity)).or_default() += 1;
        *clusters.entry(cluster).or_default() += 1;
        *entities.entry(entity.as_str()).or_default() += 1;
    }
    let hit: f64 = both.values().map(|&n| pairs(n)).sum();
    let claimed: f64 = clusters.values().map(|&n: &usize| pairs(n)).sum();
    let true_: f64 = entities.values().map(|&n: &usize| pairs(n)).sum();
    let (precision, recall) = (hit / claimed, hit / true_);
    (precision, recall, 2.0 * precision * recall / (precision + recall))
}

#[test]
fn a_file_of_constituents_comes_out_as_its_maker_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        dedupe_file(folder.path(), &constituents(), &mapping("raisers-edge.toml"), &["--pairs", "pairs.csv"]);
    let (code, text) = said(&output);
    assert_eq!(code, 0, "{}", String::from_utf8_lossy(&output.stderr));
    for word in ["records", "persons", "merges", "review", "capped", "Next:"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let truth = labels(&root().join("samples/harbor-light/truth.csv"));
    let found = labels(&folder.path().join("clusters.csv"));
    assert_eq!(found.keys().collect::<Vec<_>>(), truth.keys().collect::<Vec<_>>());
    let (precision, recall, f1) = pairwise(&found, &truth);
    assert!(f1 >= 0.95, "precision {precision}, recall {recall}, F1 {f1}");

    let mut reader = csv::Reader::from_path(folder.path().join("pairs.csv")).unwrap();
    let mut pairs = 0;
    for row in reader.records().map(|row| row.unwrap()) {
        let (probability, bits): (f64, f64) = (row[2].parse().unwrap(), row[3].parse().unwrap());
        assert!((probability - 1.0 / (1.0 + (-bits).exp2())).abs() < 0.005, "{row:?}");
        let parts = row[6].split("; ").map(|part| part.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap());
        assert!((parts.sum::<f64>() - bits).abs() < 0.1, "the parts do not add up: {row:?}");
        assert!(truth.contains_key(&row[0]) && truth.contains_key(&row[1]) && row[0] < row[1], "{row:?}");
        pairs += 1;
    }
    assert!(pairs > 100);
}

#[test]
fn neither_threads_nor_the_order_of_rows_change_a_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read(constituents()).unwrap();
    // A line with an open quotation mark goes on.
    let mut rows: Vec<Vec<u8>> = vec![Vec::new()];
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let open = rows.last().unwrap();
        if !open.is_empty() && open.iter().filter(|byte| **byte == b'"').count() % 2 == 0 {
            rows.push(Vec::new());
        }
        rows.last_mut().unwrap().extend(line);
    }
    assert_eq!(rows.len(), 801);
    rows[1..].reverse();
    let backwards = folder.path().join("backwards.csv");
    std::fs::write(&backwards, rows.concat()).unwrap();
    let mut results = BTreeSet::new();
    for (threads, records) in
        [("1", constituents()), ("2", constituents()), ("16", constituents()), ("2", backwards)]
    {
        let out = folder.path().join("out.csv");
        let ended = Command::new(binary())
            .args(["dedupe", "file", "--json"])
            .arg(&records)
            .arg("--mapping")
            .arg(mapping("raisers-edge.toml"))
            .arg("--out")
            .arg(&out)
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        let document: Value = serde_json::from_slice(&ended.stdout).unwrap();
        let mut lines: Vec<String> =
            std::fs::read_to_string(&out).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        results.insert((lines, document["merges"].to_string(), document["review"].to_string()));
    }
    assert_eq!(results.len(), 1);
}

#[test]
fn mistakes_about_columns_name_line_column_and_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("r.csv");
    std::fs::write(&records, "Id,First Name,Last Name\n1,Ann,Lee\n").unwrap();
    let told = |text: &str| {
        let path = folder.path().join("m.toml");
        std::fs::write(&path, text).unwrap();
        let output = dedupe_file(folder.path(), &records, Path::new("m.toml"), &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(!folder.path().join("clusters.csv").exists());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let text = told(
        "version = 1\n[columns]\nrecord_id = \"Id\"\ngiven_nam = \"First Name\"\nfamily_name = \"Last Name\"\n",
    );
    assert!(text.contains("m.toml:4:1") && text.contains("did you mean \"given_name\"?"), "{text}");
    let text = told("version = 1\n[columns]\nrecord_id = \"Id\"\ngiven_name = \"Frist Name\"\n");
    assert!(text.contains("m.toml:4:14") && text.contains("did you mean \"First Name\"?"), "{text}");
    assert!(text.contains("r.csv has no column \"Frist Name\""), "{text}");
    std::fs::write(&records, "Id,First Name,Last Name\n1,Ann,Lee\n2,Bob,Lee\n1,Cay,Lee\n").unwrap();
    let text = told("version = 1\n[columns]\nrecord_id = \"Id\"\ngiven_name = \"First Name\"\n");
    assert!(text.contains("one record id twice: rows 2 and 4") && !text.contains("Cay"), "{text}");
}

#[test]
fn no_cell_of_what_is_written_runs_as_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("r.csv");
    let rows = "Id,Name,Mail\n=1+1,Quirin Xylander,q@xylander.example\n@SUM(A1),Quirin Xylander,q@xylander.example\n-7,Ann Lee,\n";
    std::fs::write(&records, rows).unwrap();
    std::fs::write(
        folder.path().join("m.toml"),
        "version = 1\n[columns]\nrecord_id = \"Id\"\nfull_name = \"Name\"\nemails = \"Mail\"\n",
    )
    .unwrap();
    let output = dedupe_file(folder.path(), &records, Path::new("m.toml"), &["--pairs", "pairs.csv"]);
    assert_eq!(said(&output).0, 0, "{}", String::from_utf8_lossy(&output.stderr));
    let clusters = labels(&folder.path().join("clusters.csv"));
    assert_eq!(clusters["'=1+1"], clusters["'@SUM(A1)"], "they are one person");
    assert_eq!(clusters["-7"], "-7", "a number is no formula");
    for name in ["clusters.csv", "pairs.csv"] {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(!text.lines().any(|line| line.starts_with(['=', '@'])), "{text}");
    }
}

/// The labelled sets lie beside the repository where they are present.
fn labelled(name: &str) -> Option<(PathBuf, PathBuf)> {
    let sets = root().join("../shared/data/linkage");
    let found = (sets.join(format!("{name}.csv")), sets.join(format!("{name}.truth.csv")));
    if !found.0.exists() {
        println!("skipped: ../shared/data/linkage/{name}.csv is not here");
        return None;
    }
    Some(found)
}

#[test]
fn labelled_sets_come_out_as_well_as_the_goals_say() {
    let goals = [
        ("febrl1", "febrl.toml", 0.998),
        ("febrl3", "febrl.toml", 0.9994),
        ("fake1000", "fake1000.toml", 0.92),
    ];
    for (name, toml, goal) in goals {
        let Some((records, truth)) = labelled(name) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let output = dedupe_file(folder.path(), &records, &mapping(toml), &[]);
        assert_eq!(said(&output).0, 0, "{}", String::from_utf8_lossy(&output.stderr));
        let (precision, recall, f1) = pairwise(&labels(&folder.path().join("clusters.csv")), &labels(&truth));
        println!("{name}: precision {precision:.4}, recall {recall:.4}, F1 {f1:.4}");
        assert!(f1 >= goal, "{name}: precision {precision}, recall {recall}, F1 {f1}");
    }
}

#[test]
fn every_mapping_of_the_folder_is_one() {
    for entry in std::fs::read_dir(root().join("mappings/dedupe")).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let problems = heirloom_mapping::Roster::parse(&entry.path().display().to_string(), &text).err();
        assert_eq!(problems, None);
    }
}

/// A migration with a pair that is surely one, one that may be, and money on each.
fn migration(folder: &Path) {
    for name in ["input", "mappings"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    let sample = root().join("samples/first-steps");
    for name in ["heirloom.toml", "mappings/gifts.toml", "mappings/donors.toml"] {
        std::fs::copy(sample.join(name), folder.join(name)).unwrap();
    }
    let mut donors = "Donor ID,Organization,First Name,Last Name,Address,City,State,ZIP,Phone,Email\n\
        S-1,,Quirin,Xylander,12 Linden Way,Austin,TX,78701,512-555-0142,quirin@xylander.example\n\
        S-2,,Quirin,Xylander,12 Linden Way,Austin,TX,78701,,quirin@xylander.example\n\
        R-1,,Ottilie,Brandvold,7 Elm Court,Mesa,AZ,85201,,\n\
        R-2,,Ottilie,Brandvold,1 Hill Road,Salem,OR,97301,,\n"
        .to_owned();
    let others = [
        "Cuthbert,Wexley,1 Elm St,Mesa,AZ,85201",
        "Zenobia,Farthing,2 Elm St,Salem,OR,97301",
        "Ann,Lee,3 Elm St,Provo,UT,84601",
        "Bob,Stone,4 Elm St,Dallas,TX,75201",
        "Carla,Ruiz,5 Elm St,Boise,ID,83701",
        "Dov,Katz,6 Elm St,Reno,NV,89501",
    ];
    for (n, other) in others.iter().enumerate() {
        donors += &format!("D-{n},,{other},480-555-{n:04},p{n}@example.org\n");
    }
    std::fs::write(folder.join("input/donors.csv"), donors).unwrap();
    let mut gifts = "Gift ID,Donor ID,Gift Date,Gift Amount,Payment Method,Fund\n".to_owned();
    for (n, (donor, amount)) in [("S-1", 25), ("S-2", 30), ("R-1", 1_000), ("R-2", 500)].iter().enumerate() {
        gifts += &format!("G-{n},{donor},2019-03-0{},{amount}.00,Check,General Fund\n", n + 1);
    }
    std::fs::write(folder.join("input/gifts.csv"), gifts).unwrap();
    let output = heirloom(folder, &["check"]);
    assert_eq!(said(&output).0, 0, "{}", String::from_utf8_lossy(&output.stderr));
}

fn json(folder: &Path, arguments: &[&str], code: i32) -> Value {
    let output = heirloom(folder, &[arguments, &["--json"]].concat());
    let shown = || format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{}", shown());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", shown()))
}

fn are(folder: &Path, a: &str, b: &str) -> String {
    json(folder, &["dedupe", "explain", a, b], 0)["standing"]["are"].as_str().unwrap().to_owned()
}

#[test]
fn an_explained_pair_adds_up_and_says_what_the_contact_keeps_and_from_which_row() {
    let folder = tempfile::tempdir().unwrap();
    migration(folder.path());
    let document = json(folder.path(), &["dedupe", "explain", "S-1", "S-2"], 0);
    let levels = document["levels"].as_array().unwrap();
    assert_eq!(levels[0]["field"], "prior");
    let sum: f64 = levels.iter().map(|l| l["bits"].as_f64().unwrap()).sum();
    let bits = document["bits"].as_f64().unwrap();
    assert!((sum - bits).abs() < 1e-9, "{sum} and {bits}");
    assert!((document["probability"].as_f64().unwrap() - 1.0 / (1.0 + (-bits).exp2())).abs() < 1e-9);
    assert!(levels.iter().any(|l| l["field"].as_str().unwrap().starts_with("frequency of")));
    assert_eq!(document["standing"]["are"], "one donor");
    assert_eq!(document["standing"]["joined_by"].as_array().unwrap().len(), 1);
    assert!(document["met_by"].as_array().unwrap().contains(&Value::from("e-mail")));
    let carries = document["contact"][0]["carries"].as_array().unwrap();
    let of = |what: &str| carries.iter().filter(|l| l["what"] == what).collect::<Vec<_>>();
    assert_eq!(of("phone")[0]["record"], "S-1", "only that record has one");
    assert!(of("phone")[0]["at"].as_str().unwrap().contains("donors.csv row 2"), "{:?}", of("phone"));
    let ids: BTreeSet<&str> = of("id").iter().map(|l| l["value"].as_str().unwrap()).collect();
    assert!(ids.is_superset(&BTreeSet::from(["S-1", "S-2"])), "{ids:?}");
    let (code, text) = said(&heirloom(folder.path(), &["dedupe", "explain", "S-1", "S-2"]));
    assert_eq!(code, 0);
    assert!(text.contains("1 bit doubles the odds") && text.contains("Next:"), "{text}");
}

#[test]
fn what_a_person_says_of_two_donors_holds_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    migration(folder);
    // The pair with most money comes first; the other way, the likeliest.
    let open = json(folder, &["dedupe"], 3)["open"].clone();
    let first = &open[0];
    let pair = (first["a"].as_str().unwrap(), first["b"].as_str().unwrap());
    assert_eq!((pair, first["minor"].as_str()), (("R-1", "R-2"), Some("150000")), "{open}");
    let listed = heirloom(folder, &["dedupe", "review"]);
    let (code, text) = said(&listed);
    assert!(code == 3 && text.contains("dedupe decide R-1 R-2 --same --initials XX"), "{text}");
    assert_eq!(are(folder, "R-1", "R-2"), "two contacts");
    let decide =
        |a, b, how| json(folder, &["dedupe", "decide", a, b, how, "--initials", "DK", "--note", "asked"], 0);
    assert_eq!(decide("R-1", "R-2", "--same")["stands"], "They are one donor.");
    assert_eq!(decide("S-2", "S-1", "--different")["ruling"], "different");
    assert_ne!(are(folder, "S-1", "S-2"), "one donor");
    let still = json(folder, &["dedupe"], 0);
    assert_eq!(still["open"], Value::Array(Vec::new()), "what was decided is not asked again");
    for stage in ["link", "map", "read"] {
        assert_eq!(said(&heirloom(folder, &["redo", stage])).0, 0);
        assert_eq!(said(&heirloom(folder, &["check"])).0, 0);
        assert_eq!(are(folder, "R-1", "R-2"), "one donor", "after redo {stage}");
        assert_ne!(are(folder, "S-1", "S-2"), "one donor", "after redo {stage}");
    }
    let undo = |a, b, code| json(folder, &["dedupe", "undo", a, b, "--initials", "DK"], code);
    undo("R-2", "R-1", 0);
    undo("S-1", "S-2", 0);
    undo("S-1", "S-2", 2);
    assert_eq!(are(folder, "R-1", "R-2"), "two contacts");
    assert_eq!(are(folder, "S-1", "S-2"), "one donor");
    json(folder, &["dedupe", "decide", "S-1", "S-9", "--same", "--initials", "DK"], 2);
    json(folder, &["dedupe", "decide", "S-1", "S-2", "--same", "--initials", " "], 2);
}

#[test]
fn once_a_donor_was_sent_no_ruling_can_change_what_he_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    migration(folder);
    let simulator = Simulator::serve(folder, "silent");
    let at = ["--target", &simulator.address];
    assert_eq!(said(&heirloom(folder, &[&["plan"], &at[..], &FAST].concat())).0, 0);
    let text = std::fs::read_to_string(folder.join("plans/001-contacts.plan.json")).unwrap();
    let items = serde_json::from_str::<Value>(&text).unwrap()["items"].to_string();
    let confirm = ["--confirm-count", &items, "--confirm-total", "0"];
    let sent = heirloom(folder, &[&["apply", "001-contacts"], &at[..], &FAST, &confirm].concat());
    assert_eq!(said(&sent).0, 12, "{}", String::from_utf8_lossy(&sent.stderr));
    let output = heirloom(folder, &["dedupe", "decide", "R-1", "R-2", "--same", "--initials", "DK"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("was sent already") && text.contains("by hand"), "{text}");
}

#[test]
fn a_later_file_adds_to_earlier_clusters_under_the_model_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    migration(folder);
    json(folder, &["dedupe", "decide", "R-1", "R-2", "--different", "--initials", "DK"], 0);
    let before = json(folder, &["dedupe", "explain", "S-1", "S-2"], 0);
    // A second export: one more record of S-1's, and many of families that were not common before.
    std::fs::copy(folder.join("mappings/donors.toml"), folder.join("mappings/later.toml")).unwrap();
    let later = std::fs::read_to_string(folder.join("mappings/later.toml")).unwrap();
    std::fs::write(folder.join("mappings/later.toml"), later.replace("donors.csv", "later.csv")).unwrap();
    let settings = std::fs::read_to_string(folder.join("heirloom.toml")).unwrap();
    std::fs::write(
        folder.join("heirloom.toml"),
        settings.replace("\"donors.toml\"]", "\"donors.toml\", \"later.toml\"]"),
    )
    .unwrap();
    let mut more = "Donor ID,Organization,First Name,Last Name,Address,City,State,ZIP,Phone,Email\n\
        S-4,,Quirin,Xylander,12 Linden Way,Austin,TX,78701,512-555-0142,quirin@xylander.example\n"
        .to_owned();
    for n in 0..40 {
        more +=
            &format!("E-{n},,New{n},Xylander,{n} Oak St,Provo,UT,84601,801-555-{n:04},e{n}@example.org\n");
    }
    std::fs::write(folder.join("input/later.csv"), more).unwrap();
    let checked = heirloom(folder, &["check"]);
    assert!([0, 3].contains(&said(&checked).0), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(are(folder, "S-1", "S-4"), "one donor");
    assert_eq!(are(folder, "R-1", "R-2"), "two contacts");
    let ruled = json(folder, &["dedupe", "explain", "R-1", "R-2"], 0)["standing"]["ruled"]["ruling"].clone();
    assert_eq!(ruled, "different");
    let after = json(folder, &["dedupe", "explain", "S-1", "S-2"], 0);
    assert_eq!(before["levels"], after["levels"], "the model of the first link judges");
    assert_eq!(said(&heirloom(folder, &["redo", "link"])).0, 0);
    assert!([0, 3].contains(&said(&heirloom(folder, &["check"])).0));
    let anew = json(folder, &["dedupe", "explain", "S-1", "S-2"], 0);
    assert_ne!(before["levels"], anew["levels"], "redo link learns anew: the name is common now");
}

#[test]
fn a_migration_is_linked_alike_by_any_number_of_threads() {
    let mut results = BTreeSet::new();
    for threads in ["1", "2", "16"] {
        let folder = tempfile::tempdir().unwrap();
        crate::support::copy_folder(&root().join("samples/harbor-light"), folder.path());
        let run = |arguments: &[&str]| {
            let mut command = Command::new(binary());
            command.args(arguments).current_dir(folder.path()).env("RAYON_NUM_THREADS", threads);
            command.output().unwrap()
        };
        run(&["check"]);
        let mut listed: Value = serde_json::from_slice(&run(&["dedupe", "--json"]).stdout).unwrap();
        let explained: Value =
            serde_json::from_slice(&run(&["dedupe", "explain", "10001", "10002", "--json"]).stdout).unwrap();
        listed["levels"] = explained["levels"].clone();
        results.insert(listed.to_string());
    }
    assert_eq!(results.len(), 1);
}
