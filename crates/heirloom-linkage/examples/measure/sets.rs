//! The labelled sets: their CSV files and which column is what.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use heirloom_linkage::{File, Place, Reading, Record, RecordKind};

/// One row of a CSV file.
pub type Row<'a> = Vec<Cow<'a, str>>;

/// Bytes of the file that are in memory at a time.
const PART_BYTES: usize = 2 << 20;

/// A CSV file read part by part: quoted fields, doubled quotes, a header.
pub struct Rows {
    file: std::fs::File,
    /// What was read of the row that the last part broke off in.
    rest: Vec<u8>,
    header: Vec<String>,
    bytes: u64,
}

/// Whole rows of the file.
pub struct Part {
    text: String,
    /// Where each row ends, its line end included.
    ends: Vec<usize>,
}

impl Rows {
    pub fn open(path: &Path) -> Rows {
        let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let bytes = file.metadata().map_or(0, |meta| meta.len());
        let mut rows = Rows { file, rest: Vec::new(), header: Vec::new(), bytes };
        let first = rows.part().expect("a header");
        rows.header = split(first.lines()[0]).into_iter().map(Cow::into_owned).collect();
        let mut rest = first.text.into_bytes().split_off(first.ends[0]);
        rest.append(&mut rows.rest);
        rows.rest = rest;
        rows
    }

    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The size of the whole file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The next rows, some megabytes of them; `None` at the end.
    pub fn part(&mut self) -> Option<Part> {
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.reserve_exact(PART_BYTES + 1);
        loop {
            let more = (&self.file).take(PART_BYTES as u64).read_to_end(&mut bytes).expect("readable");
            let mut ends = row_ends(&bytes);
            if more == 0 {
                if ends.last() != Some(&bytes.len()) && !bytes.is_empty() {
                    ends.push(bytes.len());
                }
            } else if ends.is_empty() {
                continue;
            }
            self.rest = bytes.split_off(*ends.last()?);
            return Some(Part { text: String::from_utf8(bytes).expect("UTF-8"), ends });
        }
    }
}

impl Part {
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The rows, each as one text.
    pub fn lines(&self) -> Vec<&str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, &to)| self.text[from..to].trim_end_matches(['\n', '\r'])).collect()
    }
}

/// Where rows end; a line with an open quote goes on.
fn row_ends(bytes: &[u8]) -> Vec<usize> {
    let (mut ends, mut quoted) = (Vec::new(), false);
    for (at, &byte) in bytes.iter().enumerate() {
        quoted ^= byte == b'"';
        if byte == b'\n' && !quoted {
            ends.push(at + 1);
        }
    }
    ends
}

/// Takes a line apart. A doubled quote closes and opens again, and stands for one.
pub fn split(line: &str) -> Row<'_> {
    let (mut row, mut from, mut quoted) = (Row::with_capacity(32), 0, false);
    for (at, byte) in line.bytes().enumerate() {
        quoted ^= byte == b'"';
        if byte == b',' && !quoted {
            row.push(cell(&line[from..at]));
            from = at + 1;
        }
    }
    row.push(cell(&line[from..]));
    row
}

/// The first cell of a line, which is its key in every set and never quoted.
pub fn key(line: &str) -> &str {
    line.split(',').next().unwrap_or_default()
}

/// The text of a cell without its quotes.
fn cell(raw: &str) -> Cow<'_, str> {
    match raw.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) if inner.contains('"') => Cow::Owned(inner.replace("\"\"", "\"")),
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(raw),
    }
}

/// Reads a set part by part, as a caller with little memory would.
pub fn read(set: &str, path: &Path) -> (File, Keys) {
    let mut rows = Rows::open(path);
    let reader = Set::of(set, rows.header());
    let reading = Reading::default();
    let mut keys = Keys::default();
    let mut next = rows.part();
    while let Some(part) = next {
        let lines = part.lines();
        let numbered: Vec<(i64, &str)> = (keys.ends.len() as i64..).zip(lines).collect();
        numbered.iter().for_each(|(_, line)| keys.push(key(line)));
        if reading.is_empty() {
            reading.expect((rows.bytes() / part.bytes() as u64 + 1) as usize * numbered.len());
        }
        let add = || reading.add_rows(&numbered, |(id, line)| reader.record(*id, line));
        next = rayon::join(|| rows.part(), add).0;
    }
    (reading.finish(), keys)
}

/// The records' own keys by position, in one text.
#[derive(Default)]
pub struct Keys {
    text: String,
    ends: Vec<u32>,
}

impl Keys {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    fn push(&mut self, key: &str) {
        self.text.push_str(key);
        self.ends.push(self.text.len() as u32);
    }

    pub fn get(&self, at: usize) -> &str {
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[from as usize..self.ends[at] as usize]
    }
}

/// A set's columns.
pub struct Set {
    columns: HashMap<String, usize>,
    /// Places of [`GENERATED`] in the file.
    generated: [Option<usize>; GENERATED.len()],
    kind: Kind,
}

/// The columns of the generator's files that are used.
const GENERATED: [&str; 21] = [
    "CnBio_Key_Indicator",
    "CnBio_Title_1",
    "CnBio_First_Name",
    "CnBio_Middle_Name",
    "CnBio_Last_Name",
    "CnBio_Suffix_1",
    "CnBio_Nickname",
    "CnBio_Maiden_name",
    "CnBio_Gender",
    "CnSpSpBio_First_Name",
    "CnSpSpBio_Last_Name",
    "CnBio_Org_Name",
    "CnBio_Birth_date",
    "CnAdrPrf_Addrline1",
    "CnAdrPrf_Addrline2",
    "CnAdrPrf_City",
    "CnAdrPrf_State",
    "CnAdrPrf_ZIP",
    "CnPh_1_01_Phone_number",
    "CnPh_1_02_Phone_number",
    "CnPh_1_03_Phone_number",
];

enum Kind {
    Generated,
    Febrl,
    Historical,
    Fake,
    Restaurant,
}

impl Set {
    pub fn of(name: &str, header: &[String]) -> Set {
        let kind = match name {
            "febrl1" | "febrl3" => Kind::Febrl,
            "historical50k" => Kind::Historical,
            "fake1000" => Kind::Fake,
            "restaurant" => Kind::Restaurant,
            _ => Kind::Generated,
        };
        let columns: HashMap<String, usize> = header.iter().cloned().zip(0..).collect();
        Set { generated: GENERATED.map(|name| columns.get(name).copied()), columns, kind }
    }

    fn get(&self, row: &Row, column: &str) -> String {
        self.columns.get(column).map(|&at| row[at].to_string()).unwrap_or_default()
    }

    /// The record of a row.
    pub fn record(&self, id: i64, line: &str) -> Record {
        let row = &split(line);
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
        let [
            indicator,
            title,
            first,
            middle,
            last,
            suffix,
            nickname,
            maiden,
            gender,
            second_first,
            second_last,
            organization,
            birth,
            line1,
            line2,
            city,
            state,
            postal,
            phone,
            second_phone,
            email,
        ] = self.generated.map(|at| at.map_or("", |at| row[at].as_ref()));
        let kind = if indicator == "O" { RecordKind::Organization } else { RecordKind::Person };
        let place = [line1, line2, city, state, postal].map(str::to_owned);
        let [line1, line2, city, state, postal] = place;
        Record {
            title: title.into(),
            first: first.into(),
            middle: middle.into(),
            last: last.into(),
            suffix: suffix.into(),
            nickname: nickname.into(),
            maiden: maiden.into(),
            gender: gender.into(),
            second_first: second_first.into(),
            second_last: second_last.into(),
            organization: organization.into(),
            birth: date(birth),
            addresses: vec![Place { line1, line2, city, state, postal }],
            phones: vec![phone.into(), second_phone.into()],
            emails: vec![email.into()],
            ..Record::new(id, kind)
        }
    }
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
