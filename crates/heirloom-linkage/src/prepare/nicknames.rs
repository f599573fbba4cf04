//! Which given names are forms of one name: Bob and Rob are Robert. The table is data
//! (`data/nicknames.txt`), a name may be a form of several.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::text::number_of;

static TABLE: &str = include_str!("../../data/nicknames.txt");

/// Form → the given names it may stand for, the name itself included.
static STANDS_FOR: LazyLock<HashMap<&'static str, Vec<u64>>> = LazyLock::new(|| {
    let mut stands_for: HashMap<&str, Vec<u64>> = HashMap::new();
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    for (name, forms) in lines.filter_map(|line| line.split_once(':')) {
        for form in std::iter::once(name).chain(forms.split_whitespace()) {
            let names = stands_for.entry(form).or_default();
            let number = number_of(name);
            if !names.contains(&number) {
                names.push(number);
            }
        }
    }
    stands_for
});

/// The given names a form may stand for; an unknown name stands for itself.
pub(crate) fn stands_for(name: &str) -> Vec<u64> {
    match STANDS_FOR.get(name) {
        Some(names) => names.clone(),
        None => vec![number_of(name)],
    }
}

/// Whether the table knows the word as a given name.
pub(crate) fn is_known(name: &str) -> bool {
    STANDS_FOR.contains_key(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn related(a: &str, b: &str) -> bool {
        stands_for(a).iter().any(|name| stands_for(b).contains(name))
    }

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
            assert_eq!(related(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_table_is_well_formed() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let (name, forms) = line.split_once(':').expect("name: forms");
            assert!(!forms.trim().is_empty(), "{line}");
            let plain = |w: &str| w.bytes().all(|b| b.is_ascii_lowercase());
            assert!(plain(name) && forms.split_whitespace().all(plain), "{line}");
        }
    }
}
