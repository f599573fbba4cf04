//! Which given names are forms of one name: Bob and Rob are Robert. The tables are data: a
//! published one (`data/nicknames-published.txt`, with its licence) and a few forms of our
//! own that it lacks (`data/nicknames.txt`). A name may be a form of several.

use std::collections::HashMap;
use std::sync::LazyLock;

static TABLES: [&str; 2] =
    [include_str!("../../data/nicknames-published.txt"), include_str!("../../data/nicknames.txt")];

/// The lines of both tables that hold names.
fn lines() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with('#'))
}

/// Form → the given names it may stand for, the name itself included.
static STANDS_FOR: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut stands_for: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, forms) in lines().filter_map(|line| line.split_once(':')) {
        for form in std::iter::once(name).chain(forms.split_whitespace()) {
            let names = stands_for.entry(form).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    stands_for
});

/// Every form with the given names it may stand for, in no particular order.
pub(crate) fn forms() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    STANDS_FOR.iter().map(|(form, names)| (*form, names.as_slice()))
}

/// Every given name and form of the table.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    STANDS_FOR.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::Lexicon;
    use super::*;

    #[test]
    fn short_forms_meet_their_names_and_each_other() {
        for (a, b, expected) in [
            ("bob", "robert", true),
            ("bob", "rob", true),
            ("peggy", "margaret", true),
            ("chris", "christopher", true),
            ("chris", "christine", true),
            ("christopher", "christine", false),
            ("mary", "robert", false),
            ("xyzzy", "xyzzy", true),
        ] {
            let lexicon = Lexicon::new();
            let (x, y) = (lexicon.word(a), lexicon.word(b));
            let texts = lexicon.finish();
            let related = texts.stands_for(&x).iter().any(|name| texts.stands_for(&y).contains(name));
            assert_eq!(related, expected, "{a} {b}");
        }
    }

    #[test]
    fn the_tables_are_well_formed() {
        for line in lines() {
            let (name, forms) = line.split_once(':').expect("name: forms");
            assert!(!forms.trim().is_empty(), "{line}");
            let plain = |w: &str| w.bytes().all(|b| b.is_ascii_lowercase());
            assert!(plain(name) && forms.split_whitespace().all(plain), "{line}");
        }
    }
}
