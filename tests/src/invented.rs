//! A small migration of people and gifts that never were.

// Proofs stop at what must not be.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The amount of invented gift number `n`, in cents.
pub fn gift_minor(n: usize) -> i64 {
    (n * 700 + n % 100) as i64
}

/// What the pledge and the schedule of [`invented_with_details`] come to, in cents.
pub const PROMISED_MINOR: i64 = 12_500;

/// Writes a small migration of invented donors and gifts that the generic presets read.
pub fn invented_migration(folder: &Path, donors: usize, gifts: usize) {
    invented_with_couples(folder, donors, gifts, usize::MAX);
}

/// The same, where every so many donors are a couple: the second person is a detail of their contact.
pub fn invented_with_couples(folder: &Path, donors: usize, gifts: usize, every: usize) {
    for name in ["input", "mappings"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    let sample = root().join("samples/first-steps");
    for name in ["heirloom.toml", "mappings/gifts.toml", "mappings/donors.toml"] {
        std::fs::copy(sample.join(name), folder.join(name)).unwrap();
    }
    let mut people =
        String::from("Donor ID,Organization,First Name,Last Name,Address,City,State,ZIP,Phone,Email\n");
    for n in 1..=donors {
        let mate = if n.is_multiple_of(every) { format!(" & Mate{n}") } else { String::new() };
        people += &format!(
            "D-{n},,Given{n}{mate},Family{n},{n} Elm St,Mesa,AZ,85201,512-555-{n:04},person{n}@example.org\n"
        );
    }
    let mut giving = String::from("Gift ID,Donor ID,Gift Date,Gift Amount,Payment Method,Fund\n");
    for n in 1..=gifts {
        let donor = n % donors + 1;
        let fund = if n % 3 == 0 { "School Garden" } else { "General Fund" };
        giving += &format!(
            "G-{n},D-{donor},2019-03-{:02},{}.{:02},Check,{fund}\n",
            n % 28 + 1,
            gift_minor(n) / 100,
            gift_minor(n) % 100
        );
    }
    std::fs::write(folder.join("input/donors.csv"), people).unwrap();
    std::fs::write(folder.join("input/gifts.csv"), giving).unwrap();
}

/// The same couples, and one of each thing that is sent once its donor is there: a second record of the
/// first donor, with an address and an id of its own; an open pledge; a live schedule.
pub fn invented_with_details(folder: &Path, donors: usize, gifts: usize, every: usize) {
    invented_with_couples(folder, donors, gifts, every);
    let change = |name: &str, change: &dyn Fn(String) -> String| {
        let path = folder.join(name);
        std::fs::write(&path, change(std::fs::read_to_string(&path).unwrap())).unwrap();
    };
    let again = donors + 1;
    change("input/donors.csv", &|people| {
        people
            + &format!("D-{again},,Given1,Family1,9 Oak St,Tempe,AZ,85281,512-555-0001,person1@example.org\n")
    });
    change("input/gifts.csv", &|giving| {
        let rows = giving
            .lines()
            .enumerate()
            .map(|(n, row)| format!("{row},{}\n", if n == 0 { "Type,Often,Until,State" } else { "Cash,,," }));
        rows.collect::<String>()
            + "P-1,D-2,2025-12-24,100.00,,General Fund,Pledge,,2026-12-24,Active\n\
               R-1,D-3,2019-02-01,25.00,,General Fund,Recurring Gift,Monthly,,Active\n"
    });
    change("mappings/gifts.toml", &|mapping| {
        mapping
            + "\n[fields]\ntype = { column = \"Type\" }\n\n[types]\n\"Cash\" = \"gift\"\n\"Pledge\" = \"pledge\"\n\
               \"Recurring Gift\" = \"recurring\"\n\n[promise]\nfrequency = { column = \"Often\" }\n\
               status = { column = \"State\" }\nends = { column = \"Until\" }\n"
    });
}
