//! A mapping as it is meant, after parsing: what each field of a donor or gift is made of.

use heirloom_model::{Digest, Hasher};
use regex_lite::Regex;

use crate::dates::Order;
use crate::number::Mark;
pub(crate) use crate::record::*;
pub(crate) use crate::value::*;

/// How rows of one kind of file become donors or gifts.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(crate) name: String,
    pub(crate) system: String,
    pub(crate) digest: Digest,
    pub(crate) file: FileSpec,
    pub(crate) companions: Vec<CompanionSpec>,
    /// Table 0 is the main file, table n + 1 companion n.
    pub(crate) tables: Vec<TableSpec>,
    pub(crate) nulls: Vec<String>,
    pub(crate) order: Option<Order>,
    pub(crate) pivot: Option<u8>,
    pub(crate) mark: Option<Mark>,
    pub(crate) signs: Signs,
    pub(crate) excludes: Vec<Exclude>,
    pub(crate) holds: Vec<Exclude>,
    pub(crate) control: Option<ControlTotal>,
    pub(crate) body: Body,
    /// The columns of the main file that stand once for each gift of a row, gift by gift; empty
    /// where a row has one gift.
    pub(crate) sets: Vec<Vec<usize>>,
    /// Every value by the name of its field, in the order of parsing.
    pub(crate) named: Vec<(String, Value)>,
    pub(crate) examples: Vec<Example>,
}

/// What a minus means in a file's amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signs {
    /// Money that went back.
    #[default]
    AsWritten,
    /// Money that came in, as in the credit column of books.
    Reversed,
}

/// What the old system's own report says of a file: all rows below its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlTotal {
    /// How many.
    pub rows: Option<u64>,
    /// Their sum, in units of its [`ControlTotal::DECIMALS`]th decimal.
    pub amount: Option<i128>,
}

impl ControlTotal {
    /// Decimals of its amount: more than any currency has.
    pub const DECIMALS: u32 = 4;
}

/// What a mapping makes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// Gifts.
    Gift,
    /// Donors.
    Donor,
}

/// Which file of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The file whose rows are counted.
    Main,
    /// A companion, by its place in [`Mapping::companions`].
    Companion(usize),
}

impl Part {
    pub(crate) fn table(self) -> usize {
        match self {
            Part::Main => 0,
            Part::Companion(index) => index + 1,
        }
    }
}

impl Mapping {
    /// The name it was parsed under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The old system, as reports call it; may be empty.
    pub fn system(&self) -> &str {
        &self.system
    }

    /// What a minus means in its amounts.
    pub fn signs(&self) -> Signs {
        self.signs
    }

    /// Donors or gifts.
    pub fn record(&self) -> RecordKind {
        match self.body {
            Body::Gift(_) => RecordKind::Gift,
            Body::Donor(_) => RecordKind::Donor,
        }
    }

    /// The digest of its meaning, preset included; comments and layout do not change it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What the old system's own report says of its main file.
    pub fn control(&self) -> Option<ControlTotal> {
        self.control
    }

    /// The file whose rows are counted.
    pub fn main(&self) -> &FileSpec {
        &self.file
    }

    /// The files joined to it.
    pub fn companions(&self) -> &[CompanionSpec] {
        &self.companions
    }

    /// The column numbers, of its table, that hold ids: they are never taken for card numbers.
    pub(crate) fn id_columns(&self, table: usize) -> Vec<usize> {
        let mut columns = Vec::new();
        match &self.body {
            Body::Gift(spec) => {
                if let Identity::Id(value) = &spec.identity {
                    value.columns_in(table, &mut columns);
                }
                spec.donor.columns_in(table, &mut columns);
                let extras = &spec.extras;
                [&extras.pledge, &extras.recurring, &extras.promise.id]
                    .into_iter()
                    .flatten()
                    .for_each(|v| v.columns_in(table, &mut columns));
            }
            Body::Donor(spec) => {
                spec.id.columns_in(table, &mut columns);
                spec.household.iter().for_each(|v| v.columns_in(table, &mut columns));
                spec.other_ids.iter().for_each(|(_, v)| v.columns_in(table, &mut columns));
            }
        }
        for (index, join) in self.companions.iter().enumerate() {
            join.on.columns_in(table, &mut columns);
            if index + 1 == table {
                columns.push(join.key);
            }
        }
        columns
    }

    /// What reading itself depends on, where a row is taken apart into several: a changed list of
    /// columns asks for the file to be read again.
    pub fn unfolding(&self) -> Option<Digest> {
        let mut hasher = Hasher::new();
        for column in self.sets.iter().flatten() {
            match &self.tables[0].columns[*column] {
                ColumnRef::Named(_, folded) => folded.iter().for_each(|name| {
                    hasher.field(name.as_bytes());
                }),
                ColumnRef::Letter(place) => {
                    hasher.field(&place.to_le_bytes());
                }
            }
        }
        (!self.sets.is_empty()).then(|| hasher.finish())
    }

    pub(crate) fn layout(&self, part: Part) -> &FileSpec {
        match part {
            Part::Main => &self.file,
            Part::Companion(index) => &self.companions[index].file,
        }
    }
}

/// How to find and open a file, and where its table lies in it.
#[derive(Clone, Debug, Default)]
pub struct FileSpec {
    /// File name or glob in the migration's input folder; empty if the mapping names none.
    pub name: String,
    /// A WHATWG label; `None` detects.
    pub encoding: Option<String>,
    /// `None` sniffs.
    pub delimiter: Option<u8>,
    /// `None` is the double quote.
    pub quote: Option<u8>,
    /// What makes the next character of a quoted cell an ordinary one; `None` is nothing.
    pub escape: Option<u8>,
    /// Which worksheets.
    pub sheets: Sheets,
    /// From 1; `None` looks for it.
    pub header_row: Option<u32>,
    /// Whether columns are addressed by letter only.
    pub no_header: bool,
    /// Whether names stand in two rows, one below the other.
    pub two_header_rows: bool,
    pub(crate) skip: Vec<Regex>,
    pub(crate) total: Option<Regex>,
    /// Columns of its table whose blank cells repeat the cell above.
    pub(crate) fill_down: Vec<usize>,
    pub(crate) never_store: Vec<String>,
    /// Folded names of columns that stay behind on purpose; a trailing `*` takes every name that
    /// begins so.
    pub(crate) ignore: Vec<(String, Ending)>,
}

impl FileSpec {
    /// Whether a column stays behind on purpose; `name` is folded.
    pub fn ignores(&self, name: &str) -> bool {
        self.ignore.iter().any(|(ignored, ending)| match ending {
            Ending::Exact => name == ignored,
            Ending::Open => name.starts_with(ignored.as_str()),
        })
    }
}

/// Whether a name in `ignore` stands for itself or for everything that begins with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Exact,
    Open,
}

/// Which worksheets of a workbook are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sheets {
    /// The first.
    #[default]
    First,
    /// Every visible one.
    All,
    /// These, by name.
    Named(Vec<String>),
}

/// A file joined to the main file by id.
#[derive(Clone, Debug)]
pub struct CompanionSpec {
    /// The name by which values refer to it.
    pub name: String,
    /// The file.
    pub file: FileSpec,
    pub(crate) key: usize,
    pub(crate) on: Value,
    /// The table whose rows refer to it.
    pub(crate) on_table: usize,
    pub(crate) many: bool,
    pub(crate) missing_blank: bool,
    pub(crate) unused: Unused,
    pub(crate) unused_amount: Option<Value>,
    pub(crate) unused_date: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unused {
    Ignore,
    Held,
    Excluded(String),
}

/// The columns a mapping uses in one file, and those of them whose way of writing is surveyed.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableSpec {
    pub columns: Vec<ColumnRef>,
    /// For each column, whether the header must have it.
    pub needs: Vec<Need>,
    /// For each column, the line of the mapping that names it first, as it is shown to people.
    pub told: Vec<String>,
    pub facts: Vec<FactSpec>,
}

/// Whether a file may lack a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    /// Without it, its cells are blank.
    Optional,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnRef {
    /// Aliases as written, and folded.
    Named(Vec<String>, Vec<String>),
    Letter(usize),
}

/// Dates or numbers that are judged as a whole: of one column, or of the columns of one field that
/// stand once for each gift of a row.
#[derive(Clone, Debug)]
pub(crate) struct FactSpec {
    pub columns: Vec<usize>,
    pub steps: Vec<Step>,
    pub role: Role,
}

/// An input row and what must become of it: a test that stands in the mapping.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub name: String,
    /// Line of the mapping file, for the verdict.
    pub line: u32,
    /// Cells by column name or letter.
    pub row: Vec<(String, String)>,
    /// One row of a companion file, by the name of its join.
    pub joined: Vec<(String, Vec<(String, String)>)>,
    /// What is expected, by field.
    pub expect: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Gift(Box<GiftSpec>),
    Donor(Box<DonorSpec>),
}
