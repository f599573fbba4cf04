//! The real NPSP files: payments, joined to opportunities, allocations, funds and roles.
//! Expected numbers are computed here from the text of the files, by other means.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use heirloom_mapping::{Companion, Context, Mapper, Mapping, Part, Survey, Surveyor, control, parse};
use heirloom_model::{CellKind, Currency, FileId, GiftDate, Place, Placed, RowId, SourceRow};

/// The copy that the repository ships, with its licence beside it.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/npsp-trailhead/input");

const GIFTS: &str = r#"
version = 1
record = "gift"
system = "Salesforce NPSP"
[file]
name = "npe01__OppPayment__c.csv"
[[join]]
name = "opportunity"
file = { name = "Opportunity.csv" }
key = "sf_id"
on = { column = "npe01__opportunity__c" }
unused = "held"
unused_amount = { column = "Amount" }
unused_date = { column = "CloseDate" }
[[join]]
name = "allocations"
file = { name = "npsp__Allocation__c.csv" }
key = "npsp__opportunity__c"
on = { column = "npe01__opportunity__c" }
many = true
[[join]]
name = "unit"
file = { name = "npsp__General_Accounting_Unit__c.csv" }
key = "sf_id"
on = { from = "allocations", column = "npsp__general_accounting_unit__c" }
[[join]]
name = "roles"
file = { name = "OpportunityContactRole.csv" }
key = "opportunity_id"
on = { column = "npe01__opportunity__c" }
many = true
[fields]
id = { column = "sf_id" }
donor = { first_of = [ { from = "opportunity", column = "npsp__primary_contact__c" }, { from = "opportunity", column = "account_id" } ] }
date = { first_of = [ { column = "npe01__Payment_Date__c" }, { column = "npe01__Scheduled_Date__c" } ] }
amount = { column = "npe01__Payment_Amount__c" }
method = { column = "npe01__Payment_Method__c" }
check_number = { column = "npe01__Check_Reference_Number__c" }
[[exclude]]
rule = "unpaid: promised, not received"
when = [ { column = "npe01__Paid__c", is = ["false"] } ]
[values.method]
"Check" = "Check"
"Credit" = "Credit"
"Credit Card" = "Credit"
"Crecit" = "Credit"
"Cash" = "Cash"
"" = "Other"
[values.fund]
"Transitional Housing Capital Campaign" = "HOUSING"
"Food Pantry Programs" = "PANTRY"
"General Fund" = "GEN"
"Women's Services" = "WOMEN"
"" = "GEN"
[designations]
from = "allocations"
fund = { from = "unit", column = "Name" }
amount = { column = "npsp__Amount__c" }
percent = { column = "npsp__Percent__c" }
whole = { from = "opportunity", column = "Amount" }
[[soft_credit]]
from = "roles"
when = [ { column = "Role", is = ["Soft Credit", "Matched Donor"] } ]
donor = { column = "contact_id" }
role = { column = "Role" }
"#;

const DONORS: &str = r#"
version = 1
record = "donor"
[file]
name = "Contact.csv"
[[join]]
name = "account"
file = { name = "Account.csv" }
key = "sf_id"
on = { column = "account_id" }
[fields]
id = { column = "sf_id" }
first = { column = "FirstName" }
last = { column = "LastName" }
gender = { column = "Gender__c" }
household = { column = "account_id" }
notes = [ { label = "Account", from = "account", column = "Name" } ]
[[address]]
line1 = { column = "MailingStreet" }
city = { column = "MailingCity" }
state = { column = "MailingState" }
postal = { column = "MailingPostalCode" }
country = { column = "MailingCountry" }
[[email]]
kind = "Home"
address = { column = "npe01__HomeEmail__c" }
[[phone]]
kind = "Work"
number = { column = "npe01__WorkPhone__c" }
[flags]
deceased = { column = "npsp__Deceased__c" }
do_not_contact = { column = "npsp__Do_Not_Contact__c" }
do_not_call = { column = "DoNotCall" }
"#;

fn rows(file: u32, name: &str) -> Vec<SourceRow> {
    let path = Path::new(FOLDER).join(name);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    let mut record = csv::StringRecord::new();
    let mut rows = Vec::new();
    while reader.read_record(&mut record).unwrap() {
        let line = record.position().unwrap().line() as u32;
        let id = RowId::new(FileId(file), rows.len() as u32);
        rows.push(SourceRow::of_texts(id, line, record.iter()));
    }
    rows
}

fn survey(mapping: &Mapping, part: Part, name: &str, rows: &[SourceRow]) -> Survey {
    let mut surveyor = Surveyor::new(mapping, &Arc::from(name), &[None], part);
    for chunk in rows.chunks(7) {
        surveyor.add(chunk);
    }
    surveyor.finish().unwrap()
}

fn run(toml: &str) -> (Vec<Placed>, Vec<Placed>) {
    let mapping = parse("npsp.toml", toml, &|_| None).unwrap();
    let main = rows(0, &mapping.main().name);
    let main_survey = survey(&mapping, Part::Main, &mapping.main().name, &main);
    let sides: Vec<(Survey, Vec<SourceRow>)> = mapping
        .companions()
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let rows = rows(i as u32 + 1, &c.file.name);
            (survey(&mapping, Part::Companion(i), &c.file.name, &rows), rows)
        })
        .collect();
    let companions = sides.iter().map(|(survey, rows)| Companion { survey, rows: rows.clone() });
    let ctx = Context {
        currency: Currency::USD,
        exported_on: GiftDate::new(2026, 1, 1).unwrap(),
        known_donors: None,
    };
    let mapper = Mapper::new(&mapping, &main_survey, companions.collect(), ctx).unwrap();
    let placed: Vec<Placed> = main.chunks(10).flat_map(|c| mapper.apply(c, &[])).collect();
    assert_eq!(placed.len() as u64, main_survey.data_rows());
    (placed, mapper.unjoined())
}

/// Column values by header name, straight from the file.
fn column(name: &str, wanted: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(Path::new(FOLDER).join(name)).unwrap();
    let headers = reader.headers().unwrap().clone();
    let places: Vec<usize> = wanted.iter().map(|w| headers.iter().position(|h| h == *w).unwrap()).collect();
    reader
        .records()
        .map(|r| {
            let r = r.unwrap();
            places.iter().map(|&p| r[p].to_owned()).collect()
        })
        .collect()
}

#[test]
fn every_paid_payment_is_a_gift_to_the_cent() {
    let (placed, unjoined) = run(GIFTS);
    // `50.0`, `833.33`: two digits after the point, filled with zeros.
    let cents = |text: &str| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{part:0<2}").parse::<i64>().unwrap_or(0)
    };
    let payments = column("npe01__OppPayment__c.csv", &["npe01__Paid__c", "npe01__Payment_Amount__c"]);
    let paid: i64 = payments.iter().filter(|p| p[0] == "true").map(|p| cents(&p[1])).sum();
    let unpaid: i64 = payments.iter().filter(|p| p[0] == "false").map(|p| cents(&p[1])).sum();
    assert_eq!(paid, 17_851_165);

    let mut gifts = (0, 0);
    let mut excluded = (0, 0);
    let mut funds: BTreeMap<String, i64> = BTreeMap::new();
    let mut soft_credits = 0;
    for row in &placed {
        match &row.place {
            Place::Gift(gift) => {
                gifts = (gifts.0 + 1, gifts.1 + gift.amount().minor());
                let parts = gift.designations.parts();
                assert_eq!(parts.iter().map(|p| p.amount.minor()).sum::<i64>(), gift.amount().minor());
                for part in parts {
                    *funds.entry(part.project.clone()).or_default() += part.amount.minor();
                }
                soft_credits += gift.details.soft_credits.len();
            }
            Place::Excluded { rule, known, .. } => {
                assert_eq!(rule, "unpaid: promised, not received");
                excluded = (excluded.0 + 1, excluded.1 + known.amount.map_or(0, |m| m.minor()));
            }
            other => panic!("{other:?} {:?}", row.findings),
        }
    }
    assert_eq!(gifts, (71, paid));
    assert_eq!(excluded, (33, unpaid));
    assert_eq!(funds.values().sum::<i64>(), paid);
    assert!(soft_credits > 0);
    assert_eq!(unjoined.len(), 1);
    assert!(matches!(&unjoined[0].place, Place::Held { known } if known.date.is_some()));
}

#[test]
fn the_control_reader_finds_the_same_money() {
    let mapping = parse("npsp.toml", GIFTS, &|_| None).unwrap();
    let main = rows(0, &mapping.main().name);
    let survey = survey(&mapping, Part::Main, "payments", &main);
    let amount = survey.amount_column(0).unwrap();
    let read: i64 = main
        .iter()
        .filter(|r| survey.is_data(r.id.sequence()))
        .filter_map(|r| {
            control::read_cents(r.cell(amount).text, CellKind::Text, survey.has_decimal_comma(), 2)
        })
        .sum();
    let (placed, _) = run(GIFTS);
    let mapped: i64 = placed
        .iter()
        .map(|p| match &p.place {
            Place::Gift(gift) => gift.amount().minor(),
            Place::Excluded { known, .. } | Place::Held { known } => known.amount.map_or(0, |m| m.minor()),
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(read, mapped);
}

#[test]
fn every_contact_is_a_donor() {
    let (placed, _) = run(DONORS);
    let held: Vec<String> = placed
        .iter()
        .filter(|p| !matches!(p.place, Place::Donor(_)))
        .map(|p| format!("{:?}", p.findings))
        .collect();
    assert!(held.is_empty(), "{held:?}");
    let contacts = column("Contact.csv", &["sf_id", "npsp__Deceased__c"]);
    let dead = contacts.iter().filter(|c| c[1] == "true").count();
    let mapped_dead = placed
        .iter()
        .filter(|p| matches!(&p.place, Place::Donor(d) if d.kind.people().next().is_some_and(|p| p.deceased)))
        .count();
    assert_eq!((placed.len(), mapped_dead), (contacts.len(), dead));
}
