//! What linkage is told about one donor record. Plain text as the mapping left it;
//! linkage normalises for itself and never gives a changed value back.

/// Whether a record is about people or about an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKind {
    /// A person, perhaps with a spouse named on the same record.
    Person,
    /// A company, church, school or foundation.
    Organization,
}

/// One donor record. Empty text means unknown; ids are unique within a file.
///
/// It has no `Debug` outside this crate's tests, on purpose: donor data must not reach logs or panics by accident.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Record {
    /// The record's key, unique among the records given together.
    pub id: i64,
    /// Person or organization.
    pub kind: RecordKind,
    /// Given name; "John & Mary" and "Robert (Bob)" are understood.
    pub first: String,
    /// Middle name or initial.
    pub middle: String,
    /// Family name; "Smith Jr." and (without a given name) "Smith, John" are understood.
    pub last: String,
    /// Jr., Sr., III …
    pub suffix: String,
    /// What friends say.
    pub nickname: String,
    /// Family name before marriage.
    pub maiden: String,
    /// As the old system writes it.
    pub gender: String,
    /// Mr., Dr. …
    pub title: String,
    /// Given name of the spouse named on the same record.
    pub second_first: String,
    /// Family name of the spouse named on the same record.
    pub second_last: String,
    /// The organization's name.
    pub organization: String,
    /// Year, month, day of birth; any may be unknown.
    pub birth: (Option<i16>, Option<i8>, Option<i8>),
    /// Postal addresses.
    pub addresses: Vec<Place>,
    /// Telephone numbers as written.
    pub phones: Vec<String>,
    /// E-mail addresses as written.
    pub emails: Vec<String>,
    /// The old system's own id of the household; equal ids share a contact.
    pub household_id: String,
    /// Other fields by which records can be told apart (an identity number, a profession, a
    /// place of birth), compared place by place; those after [`TEXTS_MAX`] are not compared.
    pub texts: Vec<String>,
}

/// Other texts that are compared.
pub const TEXTS_MAX: usize = 4;

impl Record {
    /// Makes a record about which nothing is known yet.
    pub fn new(id: i64, kind: RecordKind) -> Record {
        Record {
            id,
            kind,
            first: String::new(),
            middle: String::new(),
            last: String::new(),
            suffix: String::new(),
            nickname: String::new(),
            maiden: String::new(),
            gender: String::new(),
            title: String::new(),
            second_first: String::new(),
            second_last: String::new(),
            organization: String::new(),
            birth: (None, None, None),
            addresses: Vec::new(),
            phones: Vec::new(),
            emails: Vec::new(),
            household_id: String::new(),
            texts: Vec::new(),
        }
    }

    /// Counts what is filled: each text, the birth year, each part of an address, each
    /// phone, each e-mail and each other text count one. Decides which record of a contact survives.
    pub fn filled_fields(&self) -> usize {
        let texts = [
            &self.first,
            &self.middle,
            &self.last,
            &self.suffix,
            &self.nickname,
            &self.maiden,
            &self.gender,
            &self.title,
            &self.second_first,
            &self.second_last,
            &self.organization,
            &self.household_id,
        ];
        let places = self.addresses.iter().flat_map(|p| [&p.line1, &p.line2, &p.city, &p.state, &p.postal]);
        texts
            .into_iter()
            .chain(places)
            .chain(&self.phones)
            .chain(&self.emails)
            .chain(&self.texts)
            .filter(|text| !text.trim().is_empty())
            .count()
            + usize::from(self.birth.0.is_some())
    }
}

/// A postal address as the old system has it.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Place {
    /// Street and number.
    pub line1: String,
    /// Unit, care of …
    pub line2: String,
    /// City.
    pub city: String,
    /// State or province.
    pub state: String,
    /// Postal code.
    pub postal: String,
}
