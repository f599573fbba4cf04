//! Measures how many gift rows a second one core surveys and maps. Run it with --release.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use heirloom_mapping::{Context, Mapper, Part, Surveyor, parse};
use heirloom_model::{Currency, FileId, GiftDate, RowId, SourceRow};

const MAPPING: &str = r#"
version = 1
record = "gift"
[fields]
id = { column = "Gift ID" }
donor = { column = "Donor ID" }
date = { column = "Date" }
amount = { column = "Amount" }
type = { column = "Type" }
method = { column = "Method" }
fund = { column = "Fund" }
appeal = { column = "Appeal" }
check_number = { column = "Check" }
notes = [ { label = "Reference", column = "Reference" } ]
[types]
Gift = "gift"
Pledge = { excluded = "pledge" }
[[exclude]]
rule = "test"
when = [ { column = "Reference", is = ["TEST"] } ]
[values.method]
Cash = "Cash"
Check = "Check"
[values.fund]
"General Fund" = "GEN"
Roof = "ROOF"
[values.appeal]
"Fall 98" = "F98"
"#;

fn main() {
    let count = 400_000u32;
    let mut rows = vec![SourceRow::of_texts(
        RowId::new(FileId(1), 0),
        1,
        ["Gift ID", "Donor ID", "Date", "Amount", "Type", "Method", "Fund", "Appeal", "Check", "Reference"],
    )];
    for i in 1..=count {
        let texts = [
            format!("G-{i:07}"),
            format!("D-{:06}", i % 50_000),
            format!("{}/{}/{}", i % 12 + 1, i % 28 + 1, 1998 + i % 20),
            format!("\"{},{:03}.{:02}\"", i % 9 + 1, i % 1000, i % 100).replace('"', ""),
            "Gift".to_owned(),
            if i % 3 == 0 { "Cash" } else { "Check" }.to_owned(),
            if i % 5 == 0 { "Roof" } else { "General Fund" }.to_owned(),
            "Fall 98".to_owned(),
            if i % 3 == 0 { String::new() } else { format!("{i}") },
            format!("ref {i}"),
        ];
        rows.push(SourceRow::of_texts(RowId::new(FileId(1), i), i + 1, texts.iter().map(String::as_str)));
    }
    let mapping = parse("speed.toml", MAPPING, &|_| None).expect("the mapping is good");
    let start = Instant::now();
    let mut surveyor = Surveyor::new(&mapping, &Arc::from("gifts.csv"), &[None], Part::Main);
    surveyor.add(&rows);
    let survey = surveyor.finish().expect("the file fits");
    println!("survey {:.0} rows/s", f64::from(count) / start.elapsed().as_secs_f64());
    let ctx = Context {
        currency: Currency::USD,
        exported_on: GiftDate::new(2026, 1, 1).expect("a day"),
        known_donors: None,
    };
    let mapper = Mapper::new(&mapping, &survey, Vec::new(), ctx).expect("they belong together");
    let start = Instant::now();
    for chunk in rows.chunks(5_000) {
        black_box(mapper.apply(chunk, &[]));
    }
    println!("apply {:.0} rows/s", f64::from(count) / start.elapsed().as_secs_f64());
}
