//! Small files for tests: a header, rows with cells parted by `|`, a mapping over them.

use std::sync::Arc;

use heirloom_model::{Currency, Donor, FileId, Gift, GiftDate, Place, Placed, RowId, SourceRow};

use crate::{Companion, Context, DonorIndex, Mapper, Mapping, Part, Survey, SurveyProblem, Surveyor, parse};

const GIFTS: &str = r#"
version = 1
record = "gift"
[fields]
id = { column = "id" }
donor = { column = "donor" }
date = { column = "date" }
amount = { column = "amount" }
fund = { column = "fund" }
method = { column = "method" }
[values.fund]
GEN = "GEN"
ROOF = "ROOF"
[values.method]
Cash = "Cash"
Check = "Check"
"#;

const DONORS: &str = "version = 1\nrecord = \"donor\"\n[fields]\nid = { column = \"id\" }\n";

/// A file under test, with its mapping and at most one companion.
pub(crate) struct Gifts {
    toml: String,
    base: String,
    pub rows: Vec<SourceRow>,
    companion: Option<Vec<SourceRow>>,
}

/// Rows of a small file.
pub(crate) fn rows_of(file: u32, lines: &[&str]) -> Vec<SourceRow> {
    let row = |(i, line): (usize, &&str)| {
        SourceRow::of_texts(RowId::new(FileId(file), i as u32), i as u32 + 1, line.split('|'))
    };
    lines.iter().enumerate().map(row).collect()
}

impl Gifts {
    /// `toml` extends a plain mapping of id, donor, date, amount, fund, method; `Extra` is one
    /// more column.
    pub fn new(toml: &str, rows: &[&str]) -> Self {
        Self::of(GIFTS, "id|donor|date|amount|fund|Method|Extra", toml, rows)
    }

    /// A donor file with this header.
    pub fn donors(toml: &str, header: &str, rows: &[&str]) -> Self {
        Self::of(DONORS, header, toml, rows)
    }

    /// A gift file with this header; fields of the plain mapping that `toml` replaces need no column.
    pub fn with_header(toml: &str, header: &str, rows: &[&str]) -> Self {
        Self::of(GIFTS, header, toml, rows)
    }

    /// The same mapping over these rows.
    pub fn with_rows(mut self, rows: Vec<SourceRow>) -> Self {
        self.rows = rows;
        self
    }

    fn of(base: &str, header: &str, toml: &str, rows: &[&str]) -> Self {
        let mut lines = vec![header];
        lines.extend(rows);
        let mut rows = rows_of(1, &lines);
        // Short rows are as wide as the header, as a CSV reader delivers them.
        let width = header.split('|').count();
        for row in &mut rows {
            while row.len() < width {
                row.push("", heirloom_model::CellKind::Empty);
            }
        }
        Gifts { toml: toml.to_owned(), base: base.to_owned(), rows, companion: None }
    }

    /// Adds the companion file.
    pub fn with(mut self, companion: &str) -> Self {
        let lines: Vec<&str> = companion.lines().collect();
        self.companion = Some(rows_of(2, &lines));
        self
    }

    /// Takes a field out of the plain mapping.
    pub fn without(mut self, field: &str) -> Self {
        self.base = self.base.replace(&format!("{field} = {{ column = \"{field}\" }}\n"), "");
        self
    }

    pub fn mapping(&self) -> Mapping {
        let text = format!("version = 1\nextends = \"base\"\n{}\n{}", first_line(&self.base), self.toml);
        let parsed = parse("test.toml", &text, &|_| Some(self.base.clone()));
        parsed.unwrap_or_else(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"))
        })
    }

    pub fn survey(&self) -> Result<Survey, Vec<SurveyProblem>> {
        survey(&self.mapping(), Part::Main, "gifts.csv", &self.rows)
    }

    fn mapped<T>(
        &self,
        chunk: usize,
        use_it: impl Fn(&Mapper<'_>, &[SourceRow], &[SourceRow]) -> Vec<T>,
    ) -> Vec<T> {
        let mapping = self.mapping();
        let main = survey(&mapping, Part::Main, "gifts.csv", &self.rows).expect("the file fits");
        let main = Survey::from_bytes(&main.to_bytes()).expect("bytes are read again");
        let known = DonorIndex::new(["D1", "D2", "D3"].map(String::from).into_iter());
        let ctx = Context {
            currency: Currency::USD,
            exported_on: GiftDate::new(2026, 6, 30).unwrap(),
            known_donors: Some(&known),
        };
        let side = self
            .companion
            .as_ref()
            .map(|rows| survey(&mapping, Part::Companion(0), "side.csv", rows).expect("the companion fits"));
        let companions =
            side.iter().zip(&self.companion).map(|(survey, rows)| Companion { survey, rows: rows.clone() });
        let mapper = Mapper::new(&mapping, &main, companions.collect(), ctx).expect("they belong together");
        let mut results = Vec::new();
        for rows in self.rows.chunks(chunk) {
            let strays: Vec<SourceRow> =
                main.strays(rows).into_iter().map(|id| self.rows[id.sequence() as usize].clone()).collect();
            results.extend(use_it(&mapper, rows, &strays));
        }
        results
    }

    /// What became of every row, in order; every way of cutting into chunks must agree.
    pub fn placed(&self) -> Vec<Placed> {
        let run = |chunk| {
            let mut placed = self.mapped(chunk, |mapper, rows, strays| mapper.apply(rows, strays));
            placed.sort_by_key(|p| p.row);
            placed
        };
        let whole = run(1_000);
        for chunk in [1, 2, 3] {
            assert_eq!(run(chunk), whole, "in chunks of {chunk}");
        }
        whole
    }

    pub fn unjoined(&self) -> Vec<Placed> {
        self.mapped(1_000, |mapper, _, _| mapper.unjoined())
    }

    pub fn codes(&self) -> Vec<String> {
        self.placed().iter().map(code_line).collect()
    }

    pub fn gift(&self, index: usize) -> Gift {
        match &self.placed()[index].place {
            Place::Gift(gift) => (**gift).clone(),
            other => panic!("not a gift: {other:?}"),
        }
    }

    pub fn donor(&self, index: usize) -> Donor {
        match &self.placed()[index] {
            Placed { place: Place::Donor(donor), .. } => (**donor).clone(),
            other => panic!("not a donor: {other:?}"),
        }
    }
}

fn first_line(base: &str) -> &str {
    if base.contains("\"gift\"") { "record = \"gift\"" } else { "record = \"donor\"" }
}

/// Surveys rows of one unnamed sheet.
pub(crate) fn survey(
    mapping: &Mapping,
    part: Part,
    file: &str,
    rows: &[SourceRow],
) -> Result<Survey, Vec<SurveyProblem>> {
    let mut surveyor = Surveyor::new(mapping, &Arc::from(file), &[None], part);
    surveyor.add(rows);
    surveyor.finish()
}

/// `held G001 G004`, `gift`, `excluded rule` …
pub(crate) fn code_line(placed: &Placed) -> String {
    let place = match &placed.place {
        Place::Gift(_) => "gift".to_owned(),
        Place::Donor(_) => "donor".to_owned(),
        Place::Part { .. } => "part".to_owned(),
        Place::Excluded { rule, .. } => format!("excluded {rule}"),
        Place::Held { .. } => "held".to_owned(),
        Place::Repeat { .. } => "repeat".to_owned(),
    };
    let codes = placed.findings.iter().map(|f| f.code.to_string());
    std::iter::once(place).chain(codes).collect::<Vec<_>>().join(" ")
}
