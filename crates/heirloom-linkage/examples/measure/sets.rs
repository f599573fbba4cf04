//! The labelled sets: their CSV files and which column is what.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use heirloom_linkage::{Place, Record, RecordKind};
use rayon::prelude::*;

/// One row of a CSV file.
pub type Row = Vec<String>;

/// A CSV file read part by part: quoted fields, doubled quotes, a header.
pub struct Rows {
    file: BufReader<std::fs::File>,
    header: Row,
}

impl Rows {
    pub fn open(path: &Path) -> Rows {
        let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut rows = Rows { file: BufReader::with_capacity(1 << 20, file), header: Row::new() };
        rows.header = split(&rows.line().expect("a header"));
        rows
    }

    pub fn header(&self) -> &Row {
        &self.header
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The next rows, at most so many; taken apart in parallel.
    pub fn part(&mut self, most: usize) -> Vec<Row> {
        let lines: Vec<String> = std::iter::from_fn(|| self.line()).take(most).collect();
        let columns = self.header.len();
        lines.par_iter().map(|line| split(line)).filter(|row| row.len() == columns).collect()
    }

    /// The next line; one with an open quote goes on.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        loop {
            let from = line.len();
            if self.file.read_line(&mut line).expect("readable UTF-8") == 0 {
                return (from > 0).then_some(line);
            }
            if line.bytes().filter(|b| *b == b'"').count() % 2 == 0 {
                line.truncate(line.trim_end_matches(['\n', '\r']).len());
                return Some(line);
            }
        }
    }
}

/// Takes a line apart. A doubled quote closes and opens again, and stands for one.
fn split(line: &str) -> Row {
    let (mut row, mut cell, mut quoted) = (Row::new(), String::new(), false);
    if !line.contains('"') {
        return line.split(',').map(str::to_owned).collect();
    }
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                if quoted && !cell.is_empty() {
                    cell.push('"');
                }
            }
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    row.push(cell);
    row
}

/// A set's columns.
pub struct Set {
    columns: HashMap<String, usize>,
    kind: Kind,
}

enum Kind {
    Generated,
    Febrl,
    Historical,
    Fake,
    Restaurant,
}

impl Set {
    pub fn of(name: &str, header: &Row) -> Set {
        let kind = match name {
            "febrl1" | "febrl3" => Kind::Febrl,
            "historical50k" => Kind::Historical,
            "fake1000" => Kind::Fake,
            "restaurant" => Kind::Restaurant,
            _ => Kind::Generated,
        };
        Set { columns: header.iter().cloned().zip(0..).collect(), kind }
    }

    pub fn key<'r>(&self, row: &'r Row) -> &'r str {
        &row[0]
    }

    fn get(&self, row: &Row, column: &str) -> String {
        self.columns.get(column).map(|&at| row[at].clone()).unwrap_or_default()
    }

    fn record(&self, id: i64, row: &Row) -> Record {
        let get = |column: &str| self.get(row, column);
        let mut record = Record::new(id, RecordKind::Person);
        match self.kind {
            Kind::Generated => return self.generated(id, row),
            Kind::Febrl => {
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
                record.texts = vec![get("soc_sec_id")];
            }
            Kind::Historical => {
                record.first = get("first_name");
                record.last = get("surname");
                record.gender = get("gender");
                record.birth = date(&get("dob"));
                record.addresses.push(Place { postal: get("postcode_fake"), ..Place::default() });
                record.texts = vec![get("birth_place"), get("occupation"), get("full_name")];
            }
            Kind::Fake => {
                record.first = get("first_name");
                record.last = get("surname");
                record.birth = date(&get("dob"));
                record.addresses.push(Place { city: get("city"), ..Place::default() });
                record.emails = vec![get("email")];
            }
            Kind::Restaurant => {
                record.kind = RecordKind::Organization;
                record.organization = get("name");
                record.addresses.push(Place { line1: get("address"), city: get("city"), ..Place::default() });
                record.texts = vec![get("cuisine")];
            }
        }
        record
    }

    fn generated(&self, id: i64, row: &Row) -> Record {
        let get = |column: &str| self.get(row, column);
        let kind =
            if get("CnBio_Key_Indicator") == "O" { RecordKind::Organization } else { RecordKind::Person };
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
}

/// The records of some rows, in parallel, numbered from `from`.
pub fn records(set: &Set, rows: &[Row], from: i64) -> Vec<Record> {
    rows.par_iter().enumerate().map(|(at, row)| set.record(from + at as i64, row)).collect()
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
