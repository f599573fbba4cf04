//! A roster: one file of people and organizations that are only to be told apart, and what each
//! of its columns is. Its TOML is small: no rules, no values, no second file.

use heirloom_model::{Address, Person, SourceRow};

use super::tree::{self, At, Problems};
use super::walk::{self, Table};
use crate::MappingProblem;
use crate::dates::{Order, read_birth};
use crate::people::{Names, couple, given, is_organization, whole};
use crate::text::{fold, nearest, trim};

/// A roster's mapping, read but not yet held against a file.
pub struct Roster {
    /// The file's encoding, if the mapping names one.
    pub encoding: Option<String>,
    /// The byte between fields, if the mapping names one.
    pub delimiter: Option<u8>,
    columns: Columns<Named>,
    problems: Problems,
}

/// A roster whose columns were found in a file's header.
pub struct BoundRoster {
    columns: Columns<usize>,
}

/// One row of a roster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterRow {
    /// The record's id, trimmed; may be empty if the file left it so.
    pub id: String,
    /// The organization's name, where the row is one.
    pub organization: Option<String>,
    /// The person.
    pub first: Person,
    /// The second person of the row, if it names one.
    pub second: Option<Person>,
    /// Postal addresses that are not empty.
    pub addresses: Vec<Address>,
    /// Telephone numbers as written.
    pub phones: Vec<String>,
    /// E-mail addresses as written.
    pub emails: Vec<String>,
    /// The id of the household, empty if none.
    pub household_id: String,
    /// Other texts, each at its place.
    pub other: Vec<String>,
}

/// A column by its name, and where the mapping names it.
struct Named {
    name: String,
    at: At,
}

/// Which columns make which field. Several columns of one field are joined by a blank, but for
/// phones, e-mails and other texts, of which each is one.
struct Columns<C> {
    texts: Vec<(Field, Vec<C>)>,
    emails: Vec<C>,
    phones: Vec<C>,
    other: Vec<C>,
    addresses: Vec<[Vec<C>; 5]>,
    organizations: Option<(C, Vec<String>)>,
    order: Order,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    RecordId,
    GivenName,
    MiddleName,
    FamilyName,
    FullName,
    Suffix,
    Nickname,
    FormerName,
    Gender,
    Title,
    SpouseGivenName,
    SpouseFamilyName,
    Organization,
    BirthDate,
    HouseholdId,
}

const FIELDS: [(Field, &str); 15] = [
    (Field::RecordId, "record_id"),
    (Field::GivenName, "given_name"),
    (Field::MiddleName, "middle_name"),
    (Field::FamilyName, "family_name"),
    (Field::FullName, "full_name"),
    (Field::Suffix, "suffix"),
    (Field::Nickname, "nickname"),
    (Field::FormerName, "former_name"),
    (Field::Gender, "gender"),
    (Field::Title, "title"),
    (Field::SpouseGivenName, "spouse_given_name"),
    (Field::SpouseFamilyName, "spouse_family_name"),
    (Field::Organization, "organization"),
    (Field::BirthDate, "birth_date"),
    (Field::HouseholdId, "household_id"),
];

const ADDRESS: [&str; 5] = ["street", "street2", "city", "state", "postal"];

/// Other texts that linkage compares.
const OTHER_MAX: usize = 4;

impl Roster {
    /// Reads a roster's mapping; `name` is shown in problems.
    ///
    /// # Errors
    /// Every mistake that could be found, each with line and column.
    pub fn parse(name: &str, text: &str) -> Result<Roster, Vec<MappingProblem>> {
        let mut problems = Problems::default();
        let read = tree::load(name, text, &|_| None, &mut problems)
            .and_then(|root| walk::table(root, "the mapping", &mut problems))
            .map(|root| roster(root, &mut problems));
        match read {
            Some((encoding, delimiter, columns)) if problems.list.is_empty() => {
                Ok(Roster { encoding, delimiter, columns, problems })
            }
            _ => Err(sorted(problems.list)),
        }
    }

    /// Finds the columns in a header row of the file named `file`. Case, blanks and punctuation of
    /// names don't count.
    ///
    /// # Errors
    /// A problem for each column that is not there, or is there twice.
    pub fn bind(self, file: &str, header: &SourceRow) -> Result<BoundRoster, Vec<MappingProblem>> {
        let names: Vec<String> = header.cells().map(|cell| trim(cell.text).to_owned()).collect();
        let mut problems = self.problems;
        let mut find = |named: &Named| find(named, file, &names, &mut problems);
        let Columns { texts, emails, phones, other, addresses, organizations, order } = self.columns;
        let mut all = |named: Vec<Named>| named.iter().map(&mut find).collect::<Vec<usize>>();
        let columns = Columns {
            texts: texts.into_iter().map(|(field, named)| (field, all(named))).collect(),
            emails: all(emails),
            phones: all(phones),
            other: all(other),
            addresses: addresses.into_iter().map(|parts| parts.map(&mut all)).collect(),
            organizations: organizations.map(|(named, values)| (find(&named), values)),
            order,
        };
        if problems.list.is_empty() { Ok(BoundRoster { columns }) } else { Err(sorted(problems.list)) }
    }
}

fn sorted(mut list: Vec<MappingProblem>) -> Vec<MappingProblem> {
    list.sort_by_key(|p| (p.line, p.column));
    list
}

/// The place of a column; 0 with a problem if there is none.
fn find(named: &Named, file: &str, names: &[String], problems: &mut Problems) -> usize {
    let exact = names.iter().position(|name| *name == named.name);
    let wanted = fold(&named.name);
    let alike: Vec<usize> = (0..names.len()).filter(|&at| fold(&names[at]) == wanted).collect();
    let twice = exact.is_some_and(|first| names[first + 1..].contains(&named.name));
    match (exact, &alike[..]) {
        (Some(at), _) if !twice => return at,
        (None, [at]) => return *at,
        (_, []) => {
            let near = nearest(&named.name, names.iter().map(String::as_str), 1);
            let help = match near.first() {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => format!("its columns are: {}", names.join(", ")),
            };
            problems.add(named.at, format!("{file} has no column \"{}\"", named.name), help);
        }
        _ => problems.add(
            named.at,
            format!("{file} has the column \"{}\" more than once", named.name),
            "give the columns of the file different names",
        ),
    }
    0
}

type Parsed = (Option<String>, Option<u8>, Columns<Named>);

fn roster(mut root: Table, problems: &mut Problems) -> Parsed {
    let at = root.at;
    if root.int("version", 1..=1, problems).is_none() && problems.list.is_empty() {
        problems.add(at, "the mapping has no version", "write version = 1 at the top");
    }
    let (encoding, delimiter) = match root.table("file", problems) {
        None => (None, None),
        Some(mut table) => {
            let encoding = table.text("encoding", problems);
            let delimiter = table.take("delimiter").and_then(|node| super::file::one_byte(node, problems));
            table.finish(problems);
            (encoding, delimiter)
        }
    };
    let mut columns = Columns {
        texts: Vec::new(),
        emails: Vec::new(),
        phones: Vec::new(),
        other: Vec::new(),
        addresses: Vec::new(),
        organizations: None,
        order: super::dates(&mut root, problems).0.unwrap_or(Order::Mdy),
    };
    match root.table("columns", problems) {
        None => problems.add(at, "the mapping names no columns", "begin a table [columns]"),
        Some(table) => fields(table, &mut columns, problems),
    }
    for mut table in root.tables("address", problems) {
        columns.addresses.push(ADDRESS.map(|key| named(&mut table, key, problems)));
        table.finish(problems);
    }
    if let Some(mut table) = root.table("organizations", problems) {
        let at = table.at;
        let column = named(&mut table, "column", problems).into_iter().next();
        let values = table.texts("values", problems).unwrap_or_default();
        table.finish(problems);
        match column {
            Some(column) if !values.is_empty() => columns.organizations = Some((column, values)),
            _ => problems.add(
                at,
                "[organizations] says which rows are organizations: a column and its values",
                "column = \"Type\"\nvalues = [\"O\", \"Foundation\"]",
            ),
        }
    }
    root.finish(problems);
    (encoding, delimiter, columns)
}

fn fields(mut table: Table, columns: &mut Columns<Named>, problems: &mut Problems) {
    let at = table.at;
    for (field, key) in FIELDS {
        let found = named(&mut table, key, problems);
        if !found.is_empty() {
            columns.texts.push((field, found));
        }
    }
    columns.emails = named(&mut table, "emails", problems);
    columns.phones = named(&mut table, "phones", problems);
    columns.other = named(&mut table, "other", problems);
    if let Some(fifth) = columns.other.get(OTHER_MAX) {
        let message = format!("at most {OTHER_MAX} other columns are compared");
        problems.add(fifth.at, message, "keep those that tell people apart best");
    }
    table.finish(problems);
    let has = |wanted: Field| columns.texts.iter().any(|(field, _)| *field == wanted);
    if !has(Field::RecordId) {
        problems.add(at, "no column holds the record's id", "record_id = \"Constituent ID\"");
    }
    let names = [Field::GivenName, Field::FamilyName, Field::FullName, Field::Organization];
    if !names.into_iter().any(has) {
        let help = "given_name and family_name, full_name, or organization";
        problems.add(at, "no column holds a name", help);
    }
}

/// The columns under a key: one text, or a list.
fn named(table: &mut Table, key: &'static str, problems: &mut Problems) -> Vec<Named> {
    let Some(node) = table.take(key) else { return Vec::new() };
    let nodes = match node.raw {
        tree::Raw::List(nodes) => nodes,
        _ => vec![node],
    };
    let column = |node: tree::Node| {
        let at = node.at;
        walk::text(node, problems).map(|name| Named { name: trim(&name).to_owned(), at })
    };
    nodes.into_iter().filter_map(column).collect()
}

impl BoundRoster {
    /// Reads one row.
    pub fn read(&self, row: &SourceRow) -> RosterRow {
        let cell = |at: &usize| trim(row.cell(*at).text);
        let joined = |columns: &[usize]| -> String {
            let mut parts = columns.iter().map(cell).filter(|text| !text.is_empty());
            let mut text = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                text.push(' ');
                text.push_str(part);
            }
            text
        };
        let text = |wanted: Field| -> String {
            let found = self.columns.texts.iter().find(|(field, _)| *field == wanted);
            found.map(|(_, columns)| joined(columns)).unwrap_or_default()
        };
        let some = |field| Some(text(field)).filter(|t| !t.is_empty());
        let filled = |columns: &[usize]| -> Vec<String> {
            columns.iter().map(cell).filter(|text| !text.is_empty()).map(str::to_owned).collect()
        };
        let (whole_name, own_name) = (text(Field::FullName), some(Field::Organization));
        let (given_name, family_name) = (text(Field::GivenName), text(Field::FamilyName));
        let organization = self.organization(row, own_name, &whole_name, &given_name, &family_name);
        let mut names = match (&organization, given_name.is_empty() && family_name.is_empty()) {
            (None, true) => whole(&whole_name),
            _ => separate(&given_name, family_name),
        };
        let person = &mut names.first;
        for (place, field) in [
            (&mut person.title, Field::Title),
            (&mut person.middle, Field::MiddleName),
            (&mut person.suffix, Field::Suffix),
            (&mut person.nickname, Field::Nickname),
            (&mut person.maiden, Field::FormerName),
            (&mut person.gender, Field::Gender),
        ] {
            *place = some(field).or(place.take());
        }
        person.birth = read_birth(&text(Field::BirthDate), self.columns.order, None).unwrap_or_default();
        if let Some(first) = some(Field::SpouseGivenName) {
            let last = some(Field::SpouseFamilyName).unwrap_or_else(|| person.last.clone());
            names.second = Some(Person { first, last, ..Person::default() });
        }
        let address = |[street, street2, city, state, postal]: &[Vec<usize>; 5]| Address {
            line1: joined(street),
            line2: joined(street2),
            city: joined(city),
            state: joined(state),
            postal: joined(postal),
            country: String::new(),
        };
        RosterRow {
            id: text(Field::RecordId),
            organization,
            first: names.first,
            second: names.second,
            addresses: self.columns.addresses.iter().map(address).filter(|a| !a.is_empty()).collect(),
            phones: filled(&self.columns.phones),
            emails: filled(&self.columns.emails),
            household_id: text(Field::HouseholdId),
            other: self.columns.other.iter().map(|at| cell(at).to_owned()).collect(),
        }
    }

    /// The organization's name if the row is one: by the column that says so, else if it has such
    /// a name and no person's, else by what its full name looks like.
    fn organization(
        &self,
        row: &SourceRow,
        own: Option<String>,
        whole_name: &str,
        given_name: &str,
        family_name: &str,
    ) -> Option<String> {
        let unnamed = given_name.is_empty() && family_name.is_empty();
        if let Some((column, values)) = &self.columns.organizations {
            let said = trim(row.cell(*column).text);
            let is_one = values.iter().any(|value| value.eq_ignore_ascii_case(said));
            return is_one.then(|| own.unwrap_or_else(|| format!("{whole_name}{family_name}")));
        }
        match own {
            Some(name) => (unnamed && whole_name.is_empty()).then_some(name),
            None => (unnamed && is_organization(whole_name)).then(|| whole_name.to_owned()),
        }
    }
}

/// Names from columns of their own; the given name may hold two people.
fn separate(given_name: &str, last: String) -> Names {
    let with_last = |person: Person| Person { last: last.clone(), ..person };
    match couple(given_name) {
        Some((left, right)) => Names { first: with_last(given(left)), second: Some(with_last(given(right))) },
        None => {
            let first = Person { first: given_name.to_owned(), last, ..Person::default() };
            Names { first, second: None }
        }
    }
}

#[cfg(test)]
mod tests {
    use heirloom_model::{FileId, RowId};

    use super::*;

    const MAPPING: &str = r#"
version = 1
[columns]
record_id = "ID"
given_name = "First Name"
family_name = "Last Name"
organization = "Org"
birth_date = "Born"
emails = ["E-mail 1", "E-mail 2"]
other = "Tax id"
[[address]]
street = ["No", "Street"]
city = "City"
"#;

    const HEADER: [&str; 10] =
        ["id", "First Name", "Last Name", "Org", "Born", "E-mail 1", "E-mail 2", "Tax id", "No", "Street"];

    fn row(texts: &[&str]) -> SourceRow {
        SourceRow::of_texts(RowId::new(FileId(1), 0), 2, texts.iter().copied())
    }

    fn bound(more: &[&str]) -> Result<BoundRoster, Vec<MappingProblem>> {
        let header = [&HEADER[..], more].concat();
        Roster::parse("m.toml", MAPPING).expect("a mapping").bind("r.csv", &row(&header))
    }

    #[test]
    fn a_row_is_read_as_its_columns_say() {
        let bound = bound(&["City"]).expect("all columns");
        let read = bound.read(&row(&[
            " 7 ",
            "John & Mary",
            "Smith",
            "",
            "3/7/1950",
            "",
            "m@smith.org",
            "x",
            "12",
            "Oak St",
            "Austin",
        ]));
        assert_eq!(read.id, "7");
        assert_eq!((read.first.first.as_str(), read.first.last.as_str()), ("John", "Smith"));
        assert_eq!(read.second.map(|p| p.first), Some("Mary".to_owned()));
        assert_eq!(read.first.birth, (Some(1950), Some(3), Some(7)));
        assert_eq!(read.emails, ["m@smith.org"]);
        assert_eq!(read.addresses[0].line1, "12 Oak St");
        let read = bound.read(&row(&["8", "", "", "Smith Foundation"]));
        assert_eq!(read.organization.as_deref(), Some("Smith Foundation"));
        assert_eq!(read.other, [""]);
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_line_column_and_the_nearest() {
        let problems = bound(&["Citty"]).err().expect("a problem");
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!((problem.line, problem.column), (13, 8));
        assert_eq!(problem.message, "r.csv has no column \"City\"");
        assert_eq!(problem.help.as_deref(), Some("did you mean \"Citty\"?"));
    }

    #[test]
    fn every_mistake_of_a_mapping_is_told_at_once() {
        let text = "version = 1\n[columns]\ngiven_nam = \"x\"\nemails = 3\n[organizations]\ncolumn = \"T\"\n";
        let problems = Roster::parse("m.toml", text).err().expect("problems");
        let told: Vec<(u32, &str)> = problems.iter().map(|p| (p.line, p.message.as_str())).collect();
        assert!(told.contains(&(3, "unknown key \"given_nam\" in columns")), "{told:?}");
        assert!(told.iter().any(|(line, _)| *line == 4), "{told:?}");
        assert!(told.iter().any(|(_, message)| message.contains("record's id")), "{told:?}");
        assert!(told.iter().any(|(_, message)| message.contains("[organizations]")), "{told:?}");
        let near = problems.iter().find(|p| p.line == 3).and_then(|p| p.help.as_deref());
        assert_eq!(near, Some("did you mean \"given_name\"?"));
    }
}
