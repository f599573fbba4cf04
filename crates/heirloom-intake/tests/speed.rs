//! How fast files are read. Run by hand, in release, on a quiet machine:
//! `cargo test -p heirloom-intake --release --test speed -- --ignored --nocapture --test-threads 1`

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use heirloom_intake::{ReadAs, SourceFile};
use heirloom_model::FileId;
use rust_xlsxwriter::Workbook;

const ROWS: u32 = 200_000;

fn cells(n: u32) -> [String; 13] {
    let day = 1 + n % 28;
    [
        format!("G-{n:07}"),
        format!("D-{:06}", n % 40_000),
        format!("{}/{day}/{}", 1 + n % 12, 1990 + n % 35),
        format!("{}.{:02}", n % 5_000, n % 100),
        "Check".to_owned(),
        format!("{}", 1_000 + n % 9_000),
        "Building Fund".to_owned(),
        format!("Spring Appeal {}", 1990 + n % 35),
        "Pat & Lee".to_owned(),
        "Morgan, Jr.".to_owned(),
        format!("{} Elm Street", n % 999),
        "Springfield".to_owned(),
        format!("donor{}@example.org", n % 40_000),
    ]
}

fn csv() -> String {
    let mut text =
        String::from("id,donor,date,amount,method,check,fund,appeal,first,last,street,city,email\n");
    for n in 0..ROWS {
        let cells = cells(n).map(|c| if c.contains(',') { format!("\"{c}\"") } else { c });
        writeln!(text, "{}", cells.join(",")).expect("a string takes all");
    }
    text
}

/// Processor time of this process, which other work on the machine does not change (Linux).
fn cpu_ms() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(ticks * 10)
}

fn measure(name: &str, path: &Path) {
    const TIMES: u32 = 5;
    let (mut open, mut read) = ([0; 2], [0; 2]);
    let lap = |sums: &mut [u64; 2], begun: (Instant, Option<u64>)| {
        sums[0] += begun.0.elapsed().as_millis() as u64;
        sums[1] += cpu_ms().unwrap_or(0) - begun.1.unwrap_or(0);
    };
    let now = || (Instant::now(), cpu_ms());
    let mut rows = 0u64;
    for _ in 0..TIMES {
        let begun = now();
        let opened = SourceFile::open(path, &ReadAs::default()).expect("the file was just written");
        lap(&mut open, begun);
        let begun = now();
        rows += opened.rows(FileId(1)).filter(Result::is_ok).count() as u64;
        lap(&mut read, begun);
    }
    let rate = |ms: u64| rows as f64 / ms.max(1) as f64 / 1e3;
    println!(
        "{name}: {rows} rows in {TIMES} times; open {} ms (CPU {}); rows {} ms (CPU {}): \
         {:.2} M rows/s (CPU {:.2})",
        open[0],
        open[1],
        read[0],
        read[1],
        rate(read[0]),
        rate(read[1])
    );
}

#[test]
#[ignore = "a measurement, to be run by hand in release"]
fn two_hundred_thousand_rows() {
    let folder = tempfile::tempdir().unwrap();
    let text = csv();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("utf8.csv"), &text).unwrap();
    let accented = text.replace("Springfield", "San José");
    std::fs::write(path("accents.csv"), &accented).unwrap();
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&accented);
    std::fs::write(path("1252.csv"), &bytes).unwrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for n in 0..ROWS {
        for (column, cell) in cells(n).iter().enumerate() {
            sheet.write_string(n, column as u16, cell).unwrap();
        }
    }
    book.save(path("a.xlsx")).unwrap();
    for name in ["utf8.csv", "accents.csv", "1252.csv", "a.xlsx"] {
        measure(name, &path(name));
    }
}
