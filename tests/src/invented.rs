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
