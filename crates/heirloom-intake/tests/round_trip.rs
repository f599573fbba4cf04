//! What is written in an encoding, with a delimiter and a line end that are declared, is read back
//! equal, character by character and at the line where it stands.

// Helpers of tests are tests: a panic with its place is what they are for.
#![allow(clippy::unwrap_used)]

use encoding_rs::Encoding;
use heirloom_intake::{ReadAs, SourceFile};
use heirloom_model::FileId;
use proptest::prelude::*;
use proptest::sample::select;

const ENCODINGS: [&str; 8] =
    ["utf-8", "utf-16le", "utf-16be", "windows-1252", "windows-1251", "iso-8859-2", "macintosh", "koi8-r"];
const LINE_ENDS: [&str; 3] = ["\n", "\r\n", "\r"];
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The characters of a single-byte encoding beyond ASCII; of Unicode, any.
fn character(label: &'static str) -> BoxedStrategy<char> {
    let hard = select("\"\"\r\n,;\t| 'a1\0".chars().collect::<Vec<_>>());
    let own = if label.starts_with("utf") {
        any::<char>().boxed()
    } else {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let bytes: Vec<u8> = (0x80..=0xFF).collect();
        let decoded = encoding.decode_without_bom_handling(&bytes).0.into_owned();
        // An undefined byte is decoded to a control or a replacement, which nobody means to write.
        select(decoded.chars().filter(|c| !c.is_control() && *c != '\u{FFFD}').collect::<Vec<_>>()).boxed()
    };
    prop_oneof![1 => hard, 1 => own].boxed()
}

/// A table; the first cell of a row names it, so that none is blank.
fn table(label: &'static str) -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop::collection::vec(character(label), 0..7).prop_map(|chars| chars.into_iter().collect());
    let rows = prop::collection::vec(prop::collection::vec(cell, 1..4), 1..6);
    rows.prop_map(|rows: Vec<Vec<String>>| {
        let named = rows.into_iter().enumerate();
        named.map(|(n, row)| [vec![format!("r{n}")], row].concat()).collect()
    })
}

fn encode(text: &str, label: &str) -> Vec<u8> {
    match label {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => {
            let (bytes, _, lost) = Encoding::for_label(label.as_bytes()).unwrap().encode(text);
            assert!(!lost, "{text:?} is not in {label}");
            bytes.into_owned()
        }
    }
}

/// As a careful program writes it: quoted where it must be, and here and there where it need not.
fn write(table: &[Vec<String>], delimiter: char, end: &str) -> String {
    let mut text = String::new();
    for row in table {
        for (n, cell) in row.iter().enumerate() {
            if n > 0 {
                text.push(delimiter);
            }
            let must = cell.contains(['"', '\r', '\n', delimiter]) || cell.ends_with([' ', '\t']);
            if must || cell.len() % 2 == 1 {
                text.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
            } else {
                text.push_str(cell);
            }
        }
        text.push_str(end);
    }
    text
}

fn check(label: &'static str, table: &[Vec<String>]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("gifts.csv");
    for delimiter in DELIMITERS {
        for end in LINE_ENDS {
            let text = write(table, char::from(delimiter), end);
            std::fs::write(&path, encode(&text, label)).expect("room for a small file");
            let encoding = Some(label.to_owned());
            let as_ = ReadAs { encoding, delimiter: Some(delimiter), ..ReadAs::default() };
            let rows: Result<Vec<_>, _> = SourceFile::open(&path, &as_).unwrap().rows(FileId(1)).collect();
            let found: Vec<(u32, Vec<String>)> = rows
                .unwrap()
                .iter()
                .map(|row| (row.row_number, row.cells().map(|cell| cell.text.to_owned()).collect()))
                .collect();
            let mut line = 1;
            let mut expected = Vec::new();
            for row in table {
                expected.push((line, row.clone()));
                line += 1 + row.iter().map(|cell| line_ends(cell)).sum::<u32>();
            }
            assert_eq!(found, expected, "{label}, {:?}, {end:?}", char::from(delimiter));
        }
    }
}

fn line_ends(cell: &str) -> u32 {
    cell.replace("\r\n", "\n").matches(['\r', '\n']).count() as u32
}

/// More tables: `PROPTEST_CASES=10000`.
#[test]
fn any_table_reads_back_equal_in_eight_encodings_three_line_ends_and_four_delimiters() {
    for label in ENCODINGS {
        let cases = std::env::var("PROPTEST_CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(24);
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(cases)
        });
        let result = runner.run(&table(label), |table| {
            check(label, &table);
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{label}: {error}"));
    }
}
