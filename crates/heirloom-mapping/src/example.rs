//! `[[example]]`: the tests that stand in a mapping, run on rows of their own.

use std::sync::Arc;

use heirloom_model::{
    Acknowledgee, Currency, Donor, FileId, Finding, Gift, GiftDate, Known, Place, Placed, Promise, RowId,
    SourceRow, Tender, TributeKind,
};

use crate::spec::{ColumnRef, Example, Mapping, Part};
use crate::text::{fold, nearest};
use crate::{Companion, Context, Mapper, Survey, Surveyor, Unfolder};

/// What became of one example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleResult {
    /// Its name.
    pub name: String,
    /// The line of the mapping where it begins.
    pub line: u32,
    /// What differs from what is expected, in words; empty if the example holds.
    pub problems: Vec<String>,
}

/// Runs every example of a mapping, in the order of the file.
///
/// An example's row is a whole file of its own: how its dates and amounts are written must be
/// declared in the mapping, or certain from the row.
pub fn run_examples(mapping: &Mapping, currency: Currency, exported_on: GiftDate) -> Vec<ExampleResult> {
    let run = |example: &Example| ExampleResult {
        name: example.name.clone(),
        line: example.line,
        problems: problems_of(mapping, example, Context { currency, exported_on, known_donors: None }),
    };
    mapping.examples.iter().map(run).collect()
}

fn problems_of(mapping: &Mapping, example: &Example, ctx: Context<'_>) -> Vec<String> {
    match placed(mapping, example, ctx) {
        Err(problems) => problems,
        Ok(placed) => compare(&example.expect, &facts(&placed)),
    }
}

/// The example's row, mapped.
fn placed(mapping: &Mapping, example: &Example, ctx: Context<'_>) -> Result<Placed, Vec<String>> {
    let mut main = Vec::new();
    let mut unfolder = Unfolder::new(mapping, Part::Main);
    for row in rows_of(mapping, Part::Main, &example.row)? {
        unfolder.unfold(row, &mut main);
    }
    let survey = surveyed(mapping, Part::Main, &main)?;
    let mut sides = Vec::new();
    for (index, join) in mapping.companions.iter().enumerate() {
        let part = Part::Companion(index);
        let given = example.joined.iter().find(|(name, _)| *name == join.name);
        let mut rows = rows_of(mapping, part, given.map_or(&[], |(_, row)| row))?;
        rows.truncate(if given.is_some() { 2 } else { 1 });
        sides.push((surveyed(mapping, part, &rows)?, rows));
    }
    let companions = sides.iter().map(|(survey, rows)| Companion { survey, rows: rows.clone() }).collect();
    let mapper = Mapper::new(mapping, &survey, companions, ctx)
        .map_err(|list| list.into_iter().map(|p| p.to_string()).collect::<Vec<_>>())?;
    let results = mapper.apply(&main, &[]);
    results.into_iter().next().ok_or_else(|| vec!["the row is no data row".to_owned()])
}

fn surveyed(mapping: &Mapping, part: Part, rows: &[SourceRow]) -> Result<Survey, Vec<String>> {
    let mut surveyor = Surveyor::new(mapping, &Arc::from("the example"), &[None], part);
    surveyor.add(rows);
    surveyor.finish().map_err(|list| list.into_iter().map(|p| p.to_string()).collect())
}

/// A header with every column of the mapping, and the row below it; the row alone where the file
/// has no header.
fn rows_of(mapping: &Mapping, part: Part, given: &[(String, String)]) -> Result<Vec<SourceRow>, Vec<String>> {
    let columns = &mapping.tables[part.table()].columns;
    let layout = mapping.layout(part);
    let file = FileId(part.table() as u32 + 1);
    let mut names: Vec<&str> = Vec::new();
    let mut cells: Vec<&str> = Vec::new();
    let is_given = |names: &[String]| given.iter().any(|(key, _)| names.contains(&fold(key)));
    for (key, text) in given {
        let letter = crate::parse::letter_index(key).filter(|_| layout.no_header);
        let place = letter.unwrap_or(names.len());
        while cells.len() <= place {
            names.push("");
            cells.push("");
        }
        names[place] = key.as_str();
        cells[place] = text.as_str();
    }
    let width = columns.iter().filter_map(|c| match c {
        ColumnRef::Letter(place) => Some(place + 1),
        ColumnRef::Named(..) => None,
    });
    let width = width.max().unwrap_or(0);
    while cells.len() < width {
        names.push("");
        cells.push("");
    }
    for column in columns {
        if let ColumnRef::Named(own, folded) = column
            && !is_given(folded)
        {
            names.push(own[0].as_str());
            cells.push("");
        }
    }
    let first = layout.header_row.unwrap_or(1);
    let row = SourceRow::of_texts(RowId::new(file, 1), first + 1, cells);
    if layout.no_header {
        return Ok(vec![row]);
    }
    Ok(vec![SourceRow::of_texts(RowId::new(file, 0), first, names), row])
}

fn compare(expected: &[(String, String)], found: &[(&'static str, String)]) -> Vec<String> {
    let mut problems = Vec::new();
    let place = found.iter().find(|(name, _)| *name == "place").map(|(_, place)| place);
    // A row that went elsewhere has none of the fields it should have.
    let is_elsewhere = |e: &&(String, String)| e.0 == "place" && Some(&e.1) != place;
    let elsewhere: Vec<&(String, String)> = expected.iter().filter(is_elsewhere).collect();
    let due = if elsewhere.is_empty() { expected.iter().collect() } else { elsewhere };
    for (key, wanted) in due {
        match found.iter().find(|(name, _)| name == key) {
            Some((_, text)) if text == wanted => {}
            Some((_, text)) => problems.push(format!("{key} is \"{text}\", expected \"{wanted}\"")),
            None => {
                let names = found.iter().map(|(name, _)| *name);
                let near = nearest(key, names.clone(), 1);
                let help = match near.first() {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("known here: {}", names.collect::<Vec<_>>().join(", ")),
                };
                problems.push(format!("nothing is called \"{key}\"; {help}"));
            }
        }
    }
    // A row that did not get where it should says why.
    let said = found.iter().find(|(name, text)| *name == "findings" && !text.is_empty());
    if let Some((_, said)) = said.filter(|_| !problems.is_empty()) {
        problems.push(format!("findings: {said}"));
    }
    problems
}

/// What an example may expect of a row, by name.
pub(crate) fn facts(placed: &Placed) -> Vec<(&'static str, String)> {
    let codes: Vec<String> = placed.findings.iter().map(said).collect();
    let mut facts = vec![("findings", codes.join(" "))];
    match &placed.place {
        Place::Gift(gift) => {
            facts.push(("place", "gift".to_owned()));
            gift_facts(gift, &mut facts);
        }
        Place::Donor(donor) => {
            facts.push(("place", "donor".to_owned()));
            donor_facts(donor, &mut facts);
        }
        Place::Excluded { rule, known, promise } => {
            facts.push(("place", "excluded".to_owned()));
            facts.push(("rule", rule.clone()));
            known_facts(known, &mut facts);
            if let Some(promise) = promise {
                promise_facts(promise, &mut facts);
            }
        }
        Place::Held { known } => {
            facts.push(("place", "held".to_owned()));
            known_facts(known, &mut facts);
        }
        Place::Part { .. } => facts.push(("place", "part".to_owned())),
        Place::Repeat { .. } => facts.push(("place", "repeat".to_owned())),
    }
    facts
}

fn said(finding: &Finding) -> String {
    finding.code.to_string()
}

fn known_facts(known: &Known, facts: &mut Vec<(&'static str, String)>) {
    facts.push(("amount", known.amount.map(|a| a.to_plain()).unwrap_or_default()));
    facts.push(("date", known.date.map(|d| d.to_string()).unwrap_or_default()));
}

fn promise_facts(promise: &Promise, facts: &mut Vec<(&'static str, String)>) {
    let parts = promise.installments.iter().map(|i| format!("{} {}", i.date, i.amount.to_plain()));
    facts.extend([
        ("promise", promise.kind.as_str().to_owned()),
        ("id", promise.id.clone()),
        ("donor", promise.donor.clone().unwrap_or_default()),
        ("frequency", promise.frequency.clone()),
        ("status", promise.status.clone()),
        ("ends", promise.ends.map(|d| d.to_string()).unwrap_or_default()),
        ("installments", parts.collect::<Vec<_>>().join(", ")),
    ]);
}

fn gift_facts(gift: &Gift, facts: &mut Vec<(&'static str, String)>) {
    let details = &gift.details;
    let parts = gift.designations.parts();
    let funds = match parts {
        [only] => only.project.clone(),
        several => {
            let shown = several.iter().map(|p| format!("{} {}", p.project, p.amount.to_plain()));
            shown.collect::<Vec<_>>().join(", ")
        }
    };
    let credits: Vec<String> = details
        .soft_credits
        .iter()
        .map(|c| match c.amount {
            Some(amount) => format!("{} {} {}", c.donor, c.role, amount.to_plain()),
            None => format!("{} {}", c.donor, c.role),
        })
        .collect();
    let (check, card, kind, what) = match &gift.tender {
        Tender::Check { number } => (number.clone(), None, None, None),
        Tender::Credit { kind } => (None, kind.clone(), None, None),
        Tender::NonCash { kind, what } => (None, None, Some(kind.clone()), Some(what.clone())),
        Tender::Stock { ticker, shares } => (None, None, Some(ticker.clone()), Some(shares.clone())),
        _ => (None, None, None, None),
    };
    let custodian = match &gift.tender {
        Tender::Qcd { custodian } => custodian.clone(),
        _ => None,
    };
    let told = details.tribute.as_ref().and_then(|t| t.acknowledgee.as_ref());
    let custom: Vec<String> = details.custom.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    let tribute = details.tribute.as_ref().map(|t| match t.kind {
        TributeKind::Honor => format!("in honor of {}", t.name),
        TributeKind::Memory => format!("in memory of {}", t.name),
    });
    let identity = match &gift.identity {
        heirloom_model::GiftIdentity::Legacy(id) => id.clone(),
        derived => derived.to_key(),
    };
    let text = |option: Option<String>| option.unwrap_or_default();
    facts.extend([
        ("id", identity),
        ("donor", text(gift.donor.clone())),
        ("date", gift.date.to_string()),
        ("amount", gift.amount().to_plain()),
        ("method", gift.tender.kind().as_str().to_owned()),
        ("fund", funds),
        ("appeal", text(details.segment.clone())),
        ("check_number", text(check)),
        ("card_kind", text(card)),
        ("noncash_kind", text(kind)),
        ("noncash_what", text(what)),
        ("ira_custodian", text(custodian)),
        ("notes", text(details.notes.clone())),
        ("receipt_date", text(details.receipt_date.map(|d| d.to_string()))),
        ("private", details.is_private.to_string()),
        ("tax_deductible", text(details.is_tax_deductible.map(|t| t.to_string()))),
        ("tribute", text(tribute)),
        ("acknowledgee", told.map(Acknowledgee::in_words).unwrap_or_default()),
        ("pays", text(details.pays.as_ref().map(|p| format!("{} {}", p.kind.as_str(), p.id)))),
        ("custom", custom.join(", ")),
        ("soft_credits", credits.join(", ")),
    ]);
}

fn donor_facts(donor: &Donor, facts: &mut Vec<(&'static str, String)>) {
    let reach = &donor.reach;
    let address = reach.addresses.first().map(|a| {
        let lines = [&a.line1, &a.line2, &a.city, &a.state, &a.postal, &a.country];
        lines.into_iter().filter(|l| !l.is_empty()).cloned().collect::<Vec<_>>().join(", ")
    });
    let flags: Vec<&str> = donor.flags.iter().map(|f| f.as_str()).collect();
    let people: Vec<String> = donor.kind.people().map(|p| p.display_name()).collect();
    facts.extend([
        ("id", donor.legacy_id.clone()),
        ("kind", donor.kind.contact_type().to_owned()),
        ("name", donor.display_name()),
        ("people", people.join(" & ")),
        ("address", address.unwrap_or_default()),
        ("phones", reach.phones.iter().map(|p| p.number.clone()).collect::<Vec<_>>().join(", ")),
        ("emails", reach.emails.iter().map(|e| e.address.clone()).collect::<Vec<_>>().join(", ")),
        ("flags", flags.join(", ")),
        ("household", donor.household_id.clone().unwrap_or_default()),
        ("notes", donor.notes.join("; ")),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = r#"version = 1
record = "gift"
[date]
order = "mdy"
[fields]
id = { column = "Gift ID" }
donor = { from = "who", column = "Donor" }
date = { column = "Date" }
amount = { column = "Amount" }
fund = { column = "Fund" }
method = { column = "Method" }
check_number = { column = "Method", steps = [{ extract = "chk (\\d+)" }] }
[values.fund]
"BLDG" = "CAPITAL"
[values.method]
"chk 1187" = "Check"
[[join]]
name = "who"
file = { name = "who.csv" }
key = "Code"
on = { column = "Who" }
"#;

    fn results(examples: &str) -> Vec<Vec<String>> {
        let mapping = crate::parse("gifts.toml", &format!("{MAPPING}{examples}"), &|_| None).unwrap();
        let day = GiftDate::new(2026, 1, 1).unwrap();
        run_examples(&mapping, Currency::USD, day).into_iter().map(|r| r.problems).collect()
    }

    #[test]
    fn an_example_says_what_becomes_of_a_row() {
        let row = r#"[[example]]
row = { "gift id" = "42", "Who" = "w", "Date" = "3/7/1998", "Amount" = "1,250.00", "Fund" = "BLDG", "Method" = "chk 1187" }
joined = { who = { "Code" = "w", "Donor" = "L-20931" } }
"#;
        let good = r#"expect = { place = "gift", donor = "L-20931", date = "1998-03-07", amount = "1250.00", fund = "CAPITAL", check_number = "1187" }"#;
        assert_eq!(results(&format!("{row}{good}")), [Vec::<String>::new()]);
        let wrong = r#"expect = { amount = "1250", amuont = "1" }"#;
        assert_eq!(
            results(&format!("{row}{wrong}")),
            [[
                "amount is \"1250.00\", expected \"1250\"",
                "nothing is called \"amuont\"; did you mean \"amount\"?"
            ]]
        );
    }

    #[test]
    fn an_example_that_is_held_says_why() {
        let example =
            "[[example]]\nrow = { \"Gift ID\" = \"1\", \"Who\" = \"x\" }\nexpect = { place = \"gift\" }";
        let problems = results(example).remove(0);
        assert_eq!(problems[0], "place is \"held\", expected \"gift\"");
        assert!(problems[1].contains("G021") && problems[1].contains("G012"), "{problems:?}");
    }
}
