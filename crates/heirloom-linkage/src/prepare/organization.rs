//! Organizations' names: without `The`, with abbreviations spelled out, and with the
//! words for their legal form apart, so that `Acme, Inc.` meets `The ACME Corporation`.

use super::lexicon::{Lexicon, Word};
use super::text::words;

/// A name in comparable parts.
#[derive(Clone, Default)]
pub(crate) struct OrganizationName {
    /// The words that tell it from others, in order, written together.
    pub core: Word,
    /// The same words, sorted.
    pub tokens: Box<[u32]>,
    /// The words of its form that carry meaning (group, trust …), sorted, written together.
    pub form: u32,
    /// Whether it calls itself a foundation.
    pub foundation: bool,
}

/// Words that only state the legal form and may come and go.
const LEGAL: [&str; 17] = [
    "inc",
    "incorporated",
    "llc",
    "llp",
    "lp",
    "ltd",
    "limited",
    "corp",
    "corporation",
    "co",
    "company",
    "pc",
    "pllc",
    "pa",
    "plc",
    "npo",
    "nonprofit",
];

/// Words of a form that sister organizations differ by.
const FORMS: [&str; 9] =
    ["associates", "foundation", "fund", "group", "partners", "partnership", "sons", "trust", "family"];

const SHORT: [(&str, &str); 35] = [
    ("acad", "academy"),
    ("amer", "american"),
    ("assn", "association"),
    ("assoc", "associates"),
    ("bros", "brothers"),
    ("cath", "catholic"),
    ("ch", "church"),
    ("cmty", "community"),
    ("coll", "college"),
    ("comm", "community"),
    ("ctr", "center"),
    ("centre", "center"),
    ("dept", "department"),
    ("dist", "district"),
    ("elem", "elementary"),
    ("fdn", "foundation"),
    ("fnd", "foundation"),
    ("fndn", "foundation"),
    ("fndtn", "foundation"),
    ("grp", "group"),
    ("hosp", "hospital"),
    ("hs", "highschool"),
    ("inst", "institute"),
    ("intl", "international"),
    ("mfg", "manufacturing"),
    ("mt", "mount"),
    ("natl", "national"),
    ("ptnrs", "partners"),
    ("sch", "school"),
    ("soc", "society"),
    ("saint", "st"),
    ("svc", "services"),
    ("tr", "trust"),
    ("svcs", "services"),
    ("univ", "university"),
];

impl OrganizationName {
    /// Reads a name. A name made only of form words keeps them as its core.
    pub fn read(name: &str, lexicon: &Lexicon) -> OrganizationName {
        let small = |w: &&str| matches!(*w, "and" | "of" | "for" | "a" | "the");
        let words = words(name);
        let all: Vec<&str> = words.iter().map(in_full).filter(|w| !small(w)).collect();
        let is_form = |w: &&str| FORMS.contains(w);
        let is_core = |w: &&str| !LEGAL.contains(w) && !is_form(w);
        let mut core: Vec<&str> = all.iter().copied().filter(is_core).collect();
        if core.is_empty() {
            core = all.clone();
        }
        let mut form: Vec<&str> = all.iter().copied().filter(is_form).collect();
        form.sort_unstable();
        form.dedup();
        let mut tokens: Vec<u32> = core.iter().map(|w| lexicon.id(w)).collect();
        tokens.sort_unstable();
        tokens.dedup();
        OrganizationName {
            foundation: form.contains(&"foundation"),
            core: lexicon.word(&core.concat()),
            form: lexicon.id(&form.concat()),
            tokens: tokens.into(),
        }
    }
}

/// Spells an abbreviation out.
fn in_full(word: &str) -> &str {
    let found = SHORT.iter().find(|(short, _)| *short == word);
    found.map_or(word, |(_, full)| full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_organization_is_written_in_many_ways() {
        let lexicon = Lexicon::new();
        for (a, b, same) in [
            ("Acme Printing, Inc.", "THE ACME PRINTING CORPORATION", true),
            ("First Nat'l Bank", "First National Bank", true),
            ("St. Mary Church", "Saint Mary Ch.", true),
            ("Smith & Lee L.L.C.", "Smith and Lee", true),
            ("Acme Printing", "Acme Plumbing", false),
        ] {
            let (x, y) = (OrganizationName::read(a, &lexicon), OrganizationName::read(b, &lexicon));
            assert_eq!(x.core.id == y.core.id, same, "{a} / {b}");
        }
        assert!(OrganizationName::read("Lee Family Fdn", &lexicon).foundation);
        assert!(!OrganizationName::read("", &lexicon).foundation);
    }
}
