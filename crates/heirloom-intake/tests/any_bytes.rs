//! Whatever bytes a file holds, reading it ends in rows or in an error, never in a panic.
//!
//! A long run, each parser by itself, in release:
//! `HEIRLOOM_FUZZ_SECONDS=600 cargo test -p heirloom-intake --release --test any_bytes -- --nocapture text`
//! (and `encodings`, `workbooks`).

// Helpers of tests are tests: a panic with its place is what they are for.
#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};

use heirloom_intake::{IntakeError, ReadAs, SheetChoice, SourceFile};
use heirloom_model::FileId;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Tries a few hundred inputs, or as many as fit into the seconds that the environment asks for.
fn try_many<S: Strategy>(name: &str, strategy: S, check: impl Fn(S::Value)) {
    let seconds = std::env::var("HEIRLOOM_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(0));
    let mut tried = 0;
    loop {
        let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new(config);
        let result = runner.run(&strategy, |input| {
            check(input);
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        tried += 300;
        if Instant::now() >= end {
            break;
        }
    }
    println!("{name}: {tried} inputs, no panic");
}

/// The number of rows, or why there are none. Rows must be numbered and not blank.
fn rows_or_error(bytes: &[u8], name: &str, as_: &ReadAs) -> Result<usize, IntakeError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("room for a small file");
    let opened = SourceFile::open(&path, as_)?;
    assert!(!opened.sheets().is_empty());
    let mut expected = 0;
    let mut before = (0, 0);
    for row in opened.rows(FileId(1)) {
        let row = row?;
        assert_eq!(row.id.sequence(), expected);
        assert!((row.sheet, row.row_number) > before, "rows go back");
        assert!(row.cells().any(|cell| !cell.text.trim().is_empty()));
        before = (row.sheet, row.row_number);
        expected += 1;
    }
    Ok(expected as usize)
}

fn all() -> ReadAs {
    ReadAs { sheets: SheetChoice::All, ..ReadAs::default() }
}

#[test]
fn text_of_any_bytes() {
    let bytes = prop::collection::vec(
        prop_oneof![
            6 => select(b"a1,;\t|\"\"\\\r\n \x00\xC3\xA9\xE2\x82\xAC\xFF\xFE".to_vec()),
            1 => any::<u8>(),
        ],
        0..300,
    );
    let marks = (
        prop::option::of(select(b",;\t|\\ a".to_vec())),
        prop::option::of(select(b"\"'\0,".to_vec())),
        prop::option::of(select(b"\\\"".to_vec())),
    );
    try_many("text", (bytes, marks), |(bytes, (delimiter, quote, escape))| {
        let as_ = ReadAs { delimiter, quote, escape, ..ReadAs::default() };
        let _ = rows_or_error(&bytes, "a.csv", &as_);
    });
}

#[test]
fn encodings_of_any_bytes() {
    let labels = ["utf-8", "mixed", "utf-16le", "utf-16be", "windows-1252", "macintosh", "shift_jis", "gbk"];
    let piece = prop_oneof![
        Just("Zoë Müller,Łódź\r\n".as_bytes().to_vec()),
        Just("Zoë,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Just("Łódź,2\n".encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Just(b"caf\xE9,\x81\x8D,\x80 5\n".to_vec()),
        Just(vec![0xFF, 0xFE]),
        Just(vec![0xEF, 0xBB, 0xBF]),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    let pieces = prop::collection::vec(piece, 0..8);
    let label = prop::option::of(select(labels.to_vec()));
    try_many("encodings", (pieces, label), |(pieces, label)| {
        let as_ = ReadAs { encoding: label.map(str::to_owned), ..ReadAs::default() };
        let _ = rows_or_error(&pieces.concat(), "a.csv", &as_);
    });
}

fn xlsx() -> Vec<u8> {
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for name in ["Gifts", "More"] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for row in 0..6 {
            sheet.write_string(row, 0, format!("G-{row}")).unwrap();
            sheet.write_number(row, 1, f64::from(row) * 1.25).unwrap();
            let date = ExcelDateTime::from_ymd(2019, 3, 7).unwrap();
            sheet.write_datetime_with_format(row, 2, date, &day).unwrap();
            sheet.write_formula(row, 3, Formula::new("=B1*2").set_result("2.5")).unwrap();
            sheet.write_boolean(row, 4, row == 1).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

fn ods() -> Vec<u8> {
    let row = "<table:table-row><table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"2\">\
        <text:p>G-1<text:s text:c=\"3\"/></text:p></table:table-cell><table:table-cell \
        office:value-type=\"float\" office:value=\"12.5\" table:formula=\"of:=1+1\"/><table:table-cell \
        office:value-type=\"date\" office:date-value=\"2019-03-07\"/></table:table-row>";
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet>\
         <table:table table:name=\"S\">{}</table:table></office:spreadsheet></office:body>\
         </office:document-content>",
        row.repeat(4)
    );
    pack(&[
        ("mimetype".into(), b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("META-INF/manifest.xml".into(), b"<manifest:manifest></manifest:manifest>".to_vec()),
        ("content.xml".into(), content.into_bytes()),
    ])
}

fn pack(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn unpack(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut part = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// One way of hurting a text: at a place, take out some bytes and put others in.
type Wound = (Index, Index, usize, Vec<u8>);

fn wound() -> impl Strategy<Value = Wound> {
    let shards: Vec<&[u8]> = vec![
        b"<",
        b">",
        b"\"",
        b"</row>",
        b"<c r=\"XFD1048576\"/>",
        b"<v>-1</v>",
        b"999999999999",
        b"&lt;",
        b"\0",
    ];
    let shard = prop_oneof![
        2 => select(shards).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    (any::<Index>(), any::<Index>(), prop_oneof![3 => 0..4_usize, 1 => 0..400_usize], shard)
}

fn hurt(bytes: &mut Vec<u8>, at: &Index, out: usize, shard: &[u8]) {
    if !bytes.is_empty() {
        let at = at.index(bytes.len());
        let end = (at + out).min(bytes.len());
        bytes.splice(at..end, shard.iter().copied());
    }
}

#[test]
fn workbooks_hurt_in_any_place() {
    let mut whole = vec![("a.xlsx", xlsx()), ("a.ods", ods())];
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/real-files");
    for name in ["openrefine/dates.xls", "messytables/span_rich.xls"] {
        match std::fs::read(format!("{shared}/{name}")) {
            Ok(bytes) => whole.push(("a.xls", bytes)),
            Err(_) => {
                eprintln!("skipped: {name}, since the folder of real files is not beside the repository")
            }
        }
    }
    for (name, bytes) in &whole {
        assert!(rows_or_error(bytes, name, &all()).unwrap() >= 4, "{name} is whole");
    }
    let strategy = (select(whole), prop::collection::vec(wound(), 1..5), any::<bool>());
    try_many("workbooks", strategy, |((name, bytes), wounds, inside)| {
        let mut bytes = bytes;
        if inside && name != "a.xls" {
            // Inside the parts, so that the archive itself stays whole.
            let mut parts = unpack(&bytes);
            for (part, at, out, shard) in &wounds {
                let part = part.index(parts.len());
                hurt(&mut parts[part].1, at, *out, shard);
            }
            bytes = pack(&parts);
        } else {
            wounds.iter().for_each(|(_, at, out, shard)| hurt(&mut bytes, at, (*out).min(3), shard));
        }
        let _ = rows_or_error(&bytes, name, &all());
    });
}
