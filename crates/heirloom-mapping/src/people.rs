//! Names of people as one cell holds them: order, titles, suffixes, couples, families.

use heirloom_model::Person;

use crate::text::collapse;

const TITLES: [&str; 27] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "drs",
    "rev",
    "reverend",
    "prof",
    "professor",
    "hon",
    "fr",
    "father",
    "sister",
    "pastor",
    "rabbi",
    "capt",
    "captain",
    "col",
    "gen",
    "lt",
    "sgt",
    "maj",
    "judge",
    "sir",
    "lady",
];
const SUFFIXES: [&str; 11] = ["jr", "sr", "ii", "iii", "iv", "md", "phd", "esq", "dds", "dvm", "cpa"];
const PARTICLES: [&str; 22] = [
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "la", "le", "du", "st", "san", "bin", "al",
    "el", "ter", "ten", "dos", "das", "mac",
];
const ORGANIZATION_WORDS: [&str; 33] = [
    "inc",
    "llc",
    "llp",
    "ltd",
    "corp",
    "corporation",
    "company",
    "co",
    "foundation",
    "church",
    "bank",
    "university",
    "college",
    "school",
    "association",
    "society",
    "trust",
    "fund",
    "club",
    "council",
    "ministries",
    "hospital",
    "institute",
    "center",
    "estate",
    "committee",
    "synagogue",
    "temple",
    "parish",
    "union",
    "department",
    "partners",
    "enterprises",
];

/// One or two people.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Names {
    pub first: Person,
    pub second: Option<Person>,
}

fn bare(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_among(word: &str, list: &[&str]) -> bool {
    list.contains(&bare(word).as_str())
}

/// Whether a name is rather an organization's than a person's.
pub(crate) fn is_organization(name: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '\'')
        .any(|word| is_among(word, &ORGANIZATION_WORDS))
}

/// The two sides of `John & Mary`, `John and Mary`.
pub(crate) fn couple(text: &str) -> Option<(&str, &str)> {
    let lower = text.to_ascii_lowercase();
    let (at, width) = match lower.find('&') {
        Some(at) => (at, 1),
        None => (lower.find(" and ")?, 5),
    };
    let (left, right) = (text[..at].trim(), text[at + width..].trim());
    (!left.is_empty() && !right.is_empty()).then_some((left, right))
}

/// The given names and the family name of one person, each empty if it is not there; what cannot be
/// told apart stays whole, as a first name.
pub(crate) fn two_names(text: &str) -> (String, String) {
    let names = whole(text);
    if names.second.is_some() || is_organization(text) {
        return (text.trim().to_owned(), String::new());
    }
    let Person { first, middle, last, suffix, .. } = names.first;
    let join = |a: String, b: Option<String>| match b {
        Some(b) => format!("{a} {b}").trim().to_owned(),
        None => a,
    };
    (join(first, middle), join(last, suffix))
}

/// Reads a whole name.
pub(crate) fn whole(text: &str) -> Names {
    let text = collapse(text.trim());
    if let Some(last) = family(&text) {
        return Names { first: Person { last, ..Person::default() }, second: None };
    }
    if let Some((last, given)) = text.split_once(',')
        && !given.split_whitespace().all(|w| is_among(w, &SUFFIXES))
        && couple(last).is_none()
    {
        return last_first(last.trim(), given.trim());
    }
    match couple(&text) {
        Some((left, right)) => two(left, right),
        None => Names { first: single(&text), second: None },
    }
}

/// `The Smith Family`, `Smith Household`.
fn family(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let (last, before) = words.split_last()?;
    if !matches!(bare(last).as_str(), "family" | "household") {
        return None;
    }
    let skip = usize::from(before.first().is_some_and(|w| w.eq_ignore_ascii_case("the")));
    let name = before.get(skip..)?.join(" ");
    (!name.is_empty() && couple(&name).is_none()).then_some(name)
}

/// `SMITH, JOHN Q` and `Smith, John & Mary`.
fn last_first(last: &str, given: &str) -> Names {
    let mut last_words: Vec<&str> = last.split(' ').collect();
    let suffix = match last_words.last() {
        Some(word) if last_words.len() > 1 && is_among(word, &SUFFIXES) => {
            last_words.pop().map(str::to_owned)
        }
        _ => None,
    };
    let last = last_words.join(" ");
    let person = |text: &str| {
        let given = text.trim_end_matches(',');
        let mut person = self::given(given);
        person.last = last.clone();
        person
    };
    match couple(given) {
        Some((left, right)) => {
            Names { first: Person { suffix, ..person(left) }, second: Some(person(right)) }
        }
        None => {
            let mut first = person(given);
            first.suffix = first.suffix.or(suffix);
            Names { first, second: None }
        }
    }
}

fn two(left: &str, right: &str) -> Names {
    let mut second = single(right);
    let words: Vec<&str> = left.split(' ').collect();
    if words.iter().all(|w| is_among(w, &TITLES)) {
        // "Mr. & Mrs. William O'Brien": the given name is the husband's.
        let wife = Person { title: second.title.take(), last: second.last.clone(), ..Person::default() };
        let first = Person { title: Some(left.to_owned()), ..second };
        return Names { first, second: Some(wife) };
    }
    let names: Vec<&&str> =
        words.iter().filter(|w| !is_among(w, &TITLES) && !is_among(w, &SUFFIXES)).collect();
    let has_last = names.len() > 2 || names.len() == 2 && bare(names[1]).chars().count() > 1;
    let first = if has_last { single(left) } else { Person { last: second.last.clone(), ..given(left) } };
    if has_last && second.first.is_empty() {
        // "John Smith & Mary": the one name is a given name.
        second.first = std::mem::replace(&mut second.last, first.last.clone());
    }
    Names { first, second: Some(second) }
}

/// Given names only: `Dr. John Q`, `Mary Ann`.
pub(crate) fn given(text: &str) -> Person {
    let mut person = Person::default();
    let mut words = peel(text, &mut person);
    if words.len() > 1 && bare(words[words.len() - 1]).chars().count() == 1 {
        person.middle = words.pop().map(str::to_owned);
    }
    person.first = words.join(" ");
    person
}

/// Takes titles and suffixes off.
fn peel<'t>(text: &'t str, person: &mut Person) -> Vec<&'t str> {
    let mut words: Vec<&str> = text.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let titles = words.iter().take_while(|w| is_among(w, &TITLES)).count();
    if titles > 0 && titles < words.len() {
        person.title = Some(words.drain(..titles).collect::<Vec<_>>().join(" "));
    }
    let suffixes = words.iter().rev().take_while(|w| is_among(w, &SUFFIXES)).count();
    if suffixes > 0 && suffixes < words.len() {
        person.suffix = Some(words.split_off(words.len() - suffixes).join(" "));
    }
    words
}

/// `Dr. Ann B. van der Berg, Jr.`
fn single(text: &str) -> Person {
    let mut person = Person::default();
    let words = peel(text, &mut person);
    let Some((_, before)) = words.split_last() else {
        return person;
    };
    let mut last_from = before.len();
    while last_from > 1 && is_among(words[last_from - 1], &PARTICLES) {
        last_from -= 1;
    }
    person.last = words[last_from..].join(" ");
    if last_from > 0 {
        person.first = words[0].to_owned();
        let middle = words[1..last_from].join(" ");
        person.middle = (!middle.is_empty()).then_some(middle);
    }
    person
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(person: &Person) -> String {
        let parts = [
            person.title.as_deref(),
            Some(&person.first),
            person.middle.as_deref(),
            Some(&person.last),
            person.suffix.as_deref(),
        ];
        parts.map(|p| p.unwrap_or("")).join("/")
    }

    #[test]
    fn names_are_taken_apart() {
        let check = |text: &str, first: &str, second: &str| {
            let names = whole(text);
            assert_eq!(shown(&names.first), first, "{text}");
            assert_eq!(names.second.as_ref().map_or(String::new(), shown), second, "{text}");
        };
        check("SMITH, JOHN Q", "/JOHN/Q/SMITH/", "");
        check("Dr. Ann Lee", "Dr./Ann//Lee/", "");
        check("John & Mary Smith", "/John//Smith/", "/Mary//Smith/");
        check("John and Mary Smith", "/John//Smith/", "/Mary//Smith/");
        check("Pat & Lee Morgan", "/Pat//Morgan/", "/Lee//Morgan/");
        check("The Smith Family", "///Smith/", "");
        check("Mr. and Mrs. William O'Brien", "Mr./William//O'Brien/", "Mrs.///O'Brien/");
        check("John Smith and Mary Jones", "/John//Smith/", "/Mary//Jones/");
        check("Smith, John & Mary", "/John//Smith/", "/Mary//Smith/");
        check("Dr. Mary-Jane Van Der Berg, Jr.", "Dr./Mary-Jane//Van Der Berg/Jr.", "");
        check("Bob Jones III", "/Bob//Jones/III", "");
        check("José de la Cruz", "/José//de la Cruz/", "");
        check("Smith Jr., John", "/John//Smith/Jr.", "");
        check("Mr. John Q. & Mrs. Mary Smith", "Mr./John/Q./Smith/", "Mrs./Mary//Smith/");
        check("Sandy Brandt", "/Sandy//Brandt/", "");
        check("Cher", "///Cher/", "");
    }

    #[test]
    fn organizations_are_recognised() {
        for name in [
            "Acme, Inc.",
            "First Baptist Church",
            "The Estate of Ann Lee",
            "Smith Family Foundation",
            "Lee & Co.",
        ] {
            assert!(is_organization(name), "{name}");
        }
        for name in ["Ann Lee", "John Church-Hill Jr", "Coco Chan"] {
            assert!(name.contains("Church") || !is_organization(name), "{name}");
        }
    }
}
