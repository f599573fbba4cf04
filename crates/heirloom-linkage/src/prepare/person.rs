//! People's names: titles, suffixes and second persons taken out of the cells they were
//! typed into, given names with the names they may stand for, families with their parts.

use super::lexicon::{Lexicon, Texts, Word};
use super::text::{joined, words};
use crate::Record;
use crate::few::Few;

/// A person as compared.
#[derive(Clone, Default)]
pub(crate) struct PersonName {
    /// The given name, one word; may be an initial.
    pub first: Word,
    /// Further words by which the person may go: nickname, `Ann` of `Mary Ann`.
    pub also: Few<Word>,
    pub middle: Word,
    /// The family name, parts written together.
    pub last: Word,
    /// Parts of a double name, and the name before marriage.
    pub other_lasts: Few<Word>,
    /// 1 Sr., 2 Jr. or II, 3 III …; 0 unknown.
    pub generation: u8,
    pub gender: Option<Gender>,
    /// The spouse's given name.
    pub spouse: Word,
    pub spouse_last: Word,
}

/// As far as it tells two people apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gender {
    Female,
    Male,
}

const TITLES: [&str; 33] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "doctor",
    "prof",
    "professor",
    "rev",
    "reverend",
    "fr",
    "father",
    "sr",
    "sister",
    "br",
    "rabbi",
    "pastor",
    "deacon",
    "hon",
    "honorable",
    "judge",
    "capt",
    "captain",
    "col",
    "lt",
    "maj",
    "sgt",
    "gen",
    "adm",
    "the",
    "mister",
    "madam",
];

/// Titles that are never names.
const COURTESIES: [&str; 8] = ["mr", "mrs", "ms", "miss", "mx", "dr", "rev", "the"];

/// Degrees and the like, dropped at the end of a family name.
const DEGREES: [&str; 13] =
    ["md", "phd", "esq", "dds", "jd", "cpa", "rn", "dvm", "edd", "mba", "ret", "dmd", "pe"];

/// Words that belong to the family name after them.
const PARTICLES: [&str; 17] = [
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "la", "le", "los", "las", "du", "st",
    "mac", "mc",
];

impl PersonName {
    /// Reads the name fields of a record.
    pub fn read(record: &Record, lexicon: &Lexicon) -> PersonName {
        let (first_cell, last_cell) = name_cells(record);
        let of_title = || gender_of_title(&words(&record.title).list());
        let mut name = PersonName {
            gender: gender(&record.gender).or_else(of_title),
            generation: generation(&joined(&record.suffix)),
            ..PersonName::default()
        };
        let (mut also, mut other_lasts) = (Vec::new(), Vec::new());
        name.read_last(&words(last_cell).list(), &mut other_lasts, lexicon);
        other_lasts.extend(words(&record.maiden).iter().map(|w| lexicon.word(w)));
        let first = words(first_cell);
        let second = name.read_first(&first.list(), record, &mut also, lexicon);
        name.read_spouse(record, &second, lexicon);
        also.extend(words(&record.nickname).iter().map(|w| lexicon.word(w)));
        also.retain(|w| *w != name.first);
        other_lasts.retain(|w| *w != name.last);
        name.also = also.into();
        name.other_lasts = other_lasts.into();
        name
    }

    fn read_last(&mut self, words: &[&str], others: &mut Vec<Word>, lexicon: &Lexicon) {
        let mut parts = words;
        while let [before @ .., end] = parts {
            let generation = generation(end);
            let ends_name = generation != 0 && *end != "v" || DEGREES.contains(end);
            if before.is_empty() || !ends_name {
                break;
            }
            self.generation = self.generation.max(generation);
            parts = before;
        }
        self.last = lexicon.word(&parts.concat());
        let whole = |w: &&&str| w.len() > 2 && !PARTICLES.contains(w);
        if parts.len() > 1 {
            let whole = parts.iter().filter(whole);
            others.extend(whole.map(|w| lexicon.word(w)));
        }
    }

    /// Reads the given-name cell; answers the words that name a second person.
    fn read_first<'a>(
        &mut self,
        all: &[&'a str],
        record: &Record,
        also: &mut Vec<Word>,
        lexicon: &Lexicon,
    ) -> Vec<&'a str> {
        let mut persons = all.split(|w| *w == "and");
        let mut own = without_titles(persons.next().unwrap_or_default());
        let mut second = without_titles(persons.next().unwrap_or_default());
        if own.is_empty() {
            own = std::mem::take(&mut second); // "Mr. & Mrs. John"
        }
        if self.gender.is_none() {
            self.gender = gender_of_title(all);
        }
        let (first, mut rest) = match own {
            [first, rest @ ..] => (*first, rest),
            [] => ("", own),
        };
        self.first = lexicon.word(first);
        if let [before @ .., end] = rest
            && generation(end) != 0
        {
            self.generation = self.generation.max(generation(end));
            rest = before;
        }
        let middle = words(&record.middle);
        let middle = middle.iter().next().or(rest.first().copied());
        self.middle = lexicon.word(middle.unwrap_or(""));
        let full = rest.iter().filter(|w| w.len() > 1);
        also.extend(full.map(|w| lexicon.word(w)));
        if let [one] = rest
            && one.len() > 1
        {
            also.push(lexicon.word(&format!("{first}{one}"))); // Mary Ann, Maryann
        }
        second.to_vec()
    }

    fn read_spouse(&mut self, record: &Record, second: &[&str], lexicon: &Lexicon) {
        let named = words(&record.second_first);
        let named = named.list();
        let named = without_titles(&named);
        let first = named.first().or(second.first());
        self.spouse = lexicon.word(first.copied().unwrap_or(""));
        if self.spouse.is_empty() {
            return;
        }
        let last = joined(&record.second_last);
        self.spouse_last = match (last.is_empty(), second.get(1)) {
            (false, _) => lexicon.word(&last),
            (true, Some(own)) if named.is_empty() => lexicon.word(own),
            _ => self.last,
        };
    }

    /// The numbers of the given names that the person's words may stand for.
    pub fn names<'a>(&'a self, texts: &'a Texts) -> impl Iterator<Item = u32> + 'a {
        let own = std::iter::once(&self.first).chain(&self.also);
        own.filter(|w| w.len() > 1).flat_map(|w| texts.stands_for(w)).copied()
    }

    /// The numbers of the given names that the spouse's may stand for.
    pub fn spouse_names<'a>(&'a self, texts: &'a Texts) -> impl Iterator<Item = u32> + 'a {
        texts.stands_for(&self.spouse).iter().copied()
    }

    /// The family name and its parts and former ones.
    pub fn lasts(&self) -> impl Iterator<Item = &Word> {
        std::iter::once(&self.last).chain(&self.other_lasts).filter(|w| !w.is_empty())
    }
}

/// Given-name and family-name cells; `Smith, John` in one of them is taken apart.
fn name_cells(record: &Record) -> (&str, &str) {
    let (first, last) = (record.first.trim(), record.last.trim());
    let one_cell = match (first.is_empty(), last.is_empty()) {
        (true, false) => last,
        (false, true) => first,
        _ => return (first, last),
    };
    match one_cell.split_once(',') {
        Some((family, given)) if generation(&joined(given)) == 0 => (given, family),
        _ => (first, last),
    }
}

/// Drops titles at the front. A lone word that may also be a name (Gen, Deacon) stays.
fn without_titles<'a, 'w>(tokens: &'w [&'a str]) -> &'w [&'a str] {
    let from = tokens.iter().take_while(|w| TITLES.contains(w)).count();
    match tokens {
        [.., end] if from == tokens.len() && !COURTESIES.contains(end) => &tokens[from - 1..],
        _ => &tokens[from..],
    }
}

fn generation(word: &str) -> u8 {
    match word {
        "sr" | "senior" => 1,
        "jr" | "junior" | "ii" | "2nd" => 2,
        "iii" | "3rd" => 3,
        "iv" | "4th" => 4,
        "v" | "5th" => 5,
        _ => 0,
    }
}

fn gender(text: &str) -> Option<Gender> {
    match joined(text).as_str() {
        "f" | "female" | "woman" => Some(Gender::Female),
        "m" | "male" | "man" => Some(Gender::Male),
        _ => None,
    }
}

/// The gender a title tells, unless it names two people.
fn gender_of_title(title: &[&str]) -> Option<Gender> {
    if title.contains(&"and") {
        return None;
    }
    title.iter().find_map(|w| match *w {
        "mr" | "mister" => Some(Gender::Male),
        "mrs" | "ms" | "miss" => Some(Gender::Female),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RecordKind;

    fn read(first: &str, last: &str) -> (PersonName, Texts) {
        let mut record = Record::new(1, RecordKind::Person);
        record.first = first.into();
        record.last = last.into();
        let lexicon = Lexicon::new();
        let name = PersonName::read(&record, &lexicon);
        (name, lexicon.finish())
    }

    #[test]
    fn names_are_found_in_the_cells_they_were_typed_into() {
        // first cell, last cell → first, middle, last, generation, spouse
        for (first, last, expected) in [
            ("JOHN", "SMITH", ("john", "", "smith", 0, "")),
            ("John & Mary", "Smith", ("john", "", "smith", 0, "mary")),
            ("Mr. and Mrs. John", "Smith", ("john", "", "smith", 0, "")),
            ("Dr. John Q.", "Smith Jr.", ("john", "q", "smith", 2, "")),
            ("", "Smith, John", ("john", "", "smith", 0, "")),
            ("", "Smith III, John Paul", ("john", "paul", "smith", 3, "")),
            ("José", "García-Núñez", ("jose", "", "garcianunez", 0, "")),
            ("Ann", "Van der Berg, M.D.", ("ann", "", "vanderberg", 0, "")),
            ("John", "Smith, Sr", ("john", "", "smith", 1, "")),
            ("", "", ("", "", "", 0, "")),
        ] {
            let (n, t) = read(first, last);
            let seen = (t.get(n.first), t.get(n.middle), t.get(n.last), n.generation, t.get(n.spouse));
            assert_eq!(seen, expected, "{first} | {last}");
        }
    }

    #[test]
    fn a_double_name_has_parts_and_a_title_has_a_gender() {
        let (n, t) = read("Mrs. Ann", "Lee-Morgan");
        assert_eq!(n.lasts().map(|w| t.get(*w)).collect::<Vec<_>>(), ["leemorgan", "lee", "morgan"]);
        assert_eq!(n.gender, Some(Gender::Female));
        assert_eq!(read("Mr. & Mrs. Lee", "Morgan").0.gender, None);
    }
}
