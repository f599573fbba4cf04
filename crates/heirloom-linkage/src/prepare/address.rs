//! Postal addresses as comparable parts: number, street without its kind, unit, postal
//! code. Abbreviations are those of the US Postal Service's Publication 28.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::lexicon::{Kept, Lexicon, Word};
use super::text::{Words, joined, words};
use crate::Place;

/// One address, each part a number (0 = unknown).
#[derive(Clone, Copy, Default)]
pub(crate) struct Spot {
    /// House number, or the number of a PO box.
    pub number: Word,
    /// Street name without direction and kind; `pobox` for a box.
    pub street: Word,
    /// North, SW …
    pub direction: u8,
    /// Avenue, court …
    pub kind: u8,
    pub unit: u32,
    pub postal: Word,
    /// The first three characters of the postal code.
    pub area: u32,
    pub city: Word,
    pub state: u32,
}

const DIRECTIONS: [(&str, &str); 8] = [
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("southeast", "se"),
    ("southwest", "sw"),
];

const KINDS: [(&str, &[&str]); 36] = [
    ("alley", &["aly", "ally"]),
    ("avenue", &["ave", "av", "aven", "avn"]),
    ("boulevard", &["blvd", "boul", "bvd"]),
    ("circle", &["cir", "circ", "crcl"]),
    ("close", &["cl"]),
    ("court", &["ct", "crt"]),
    ("cove", &["cv"]),
    ("crescent", &["cres", "crsnt"]),
    ("crossing", &["xing", "crssng"]),
    ("drive", &["dr", "drv"]),
    ("expressway", &["expy", "exp"]),
    ("extension", &["ext"]),
    ("freeway", &["fwy"]),
    ("heights", &["hts"]),
    ("highway", &["hwy", "hiway"]),
    ("hill", &["hl"]),
    ("junction", &["jct"]),
    ("lane", &["ln", "la"]),
    ("loop", &["lp"]),
    ("parkway", &["pkwy", "pky", "parkwy"]),
    ("path", &["pth"]),
    ("pike", &["pk"]),
    ("place", &["pl"]),
    ("plaza", &["plz", "plza"]),
    ("point", &["pt"]),
    ("ridge", &["rdg"]),
    ("road", &["rd"]),
    ("route", &["rte", "rt"]),
    ("run", &[]),
    ("square", &["sq", "sqr"]),
    ("street", &["st", "str", "strt"]),
    ("terrace", &["ter", "terr", "tce"]),
    ("trail", &["trl", "tr"]),
    ("turnpike", &["tpke", "trnpk"]),
    ("walk", &["wlk"]),
    ("way", &["wy"]),
];

const UNITS: [&str; 26] = [
    "apartment",
    "apt",
    "building",
    "bldg",
    "department",
    "dept",
    "floor",
    "fl",
    "flat",
    "lot",
    "number",
    "no",
    "penthouse",
    "ph",
    "room",
    "rm",
    "space",
    "spc",
    "slip",
    "suite",
    "ste",
    "trailer",
    "trlr",
    "unit",
    "un",
    "villa",
];

/// Short forms of words within city and street names.
const WORDS: [(&str, &str); 8] = [
    ("saint", "st"),
    ("mount", "mt"),
    ("fort", "ft"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("nyc", "newyork"),
];

const STATES: [(&str, &str); 52] = [
    ("alabama", "al"),
    ("alaska", "ak"),
    ("arizona", "az"),
    ("arkansas", "ar"),
    ("california", "ca"),
    ("colorado", "co"),
    ("connecticut", "ct"),
    ("delaware", "de"),
    ("districtofcolumbia", "dc"),
    ("florida", "fl"),
    ("georgia", "ga"),
    ("hawaii", "hi"),
    ("idaho", "id"),
    ("illinois", "il"),
    ("indiana", "in"),
    ("iowa", "ia"),
    ("kansas", "ks"),
    ("kentucky", "ky"),
    ("louisiana", "la"),
    ("maine", "me"),
    ("maryland", "md"),
    ("massachusetts", "ma"),
    ("michigan", "mi"),
    ("minnesota", "mn"),
    ("mississippi", "ms"),
    ("missouri", "mo"),
    ("montana", "mt"),
    ("nebraska", "ne"),
    ("nevada", "nv"),
    ("newhampshire", "nh"),
    ("newjersey", "nj"),
    ("newmexico", "nm"),
    ("newyork", "ny"),
    ("northcarolina", "nc"),
    ("northdakota", "nd"),
    ("ohio", "oh"),
    ("oklahoma", "ok"),
    ("oregon", "or"),
    ("pennsylvania", "pa"),
    ("puertorico", "pr"),
    ("rhodeisland", "ri"),
    ("southcarolina", "sc"),
    ("southdakota", "sd"),
    ("tennessee", "tn"),
    ("texas", "tx"),
    ("utah", "ut"),
    ("vermont", "vt"),
    ("virginia", "va"),
    ("washington", "wa"),
    ("westvirginia", "wv"),
    ("wisconsin", "wi"),
    ("wyoming", "wy"),
];

impl Spot {
    /// Reads an address; `None` if nothing usable is filled.
    pub fn read(place: &Place, lexicon: &Lexicon) -> Option<Spot> {
        let mut spot = Spot {
            city: lexicon.of_cell(Kept::City, &place.city, || lexicon.word(&city_name(&place.city))),
            state: lexicon.of_cell(Kept::State, &place.state, || state(&place.state, lexicon)).id,
            ..Spot::default()
        };
        spot.read_postal(&place.postal, lexicon);
        spot.read_street(&place.line1, &place.line2, lexicon);
        let known = [spot.number.id, spot.street.id, spot.postal.id, spot.city.id];
        known.iter().any(|&part| part != 0).then_some(spot)
    }

    /// Whether the house itself is known.
    pub fn has_house(&self) -> bool {
        !self.number.is_empty() && !self.street.is_empty()
    }

    fn read_postal(&mut self, text: &str, lexicon: &Lexicon) {
        self.postal = lexicon.of_cell(Kept::Postal, text, || lexicon.word(&postal_code(text)));
        self.area = lexicon
            .of_cell(Kept::Area, text, || {
                let code = postal_code(text);
                lexicon.word(code.get(..3).unwrap_or(&code))
            })
            .id;
    }

    fn read_street(&mut self, line1: &str, line2: &str, lexicon: &Lexicon) {
        let (first, second) = (street_words(line1), street_words(line2));
        let (mut tokens, further) = (first.list(), second.list());
        if is_street(&further) && !is_street(&tokens) {
            tokens = further; // the first line is a care-of or a building's name
        } else {
            self.take_unit(&further, UnitOnly::Yes, lexicon);
        }
        if let Some(number) = box_number(&tokens) {
            self.number = lexicon.word(number);
            self.street = lexicon.word("pobox");
            return;
        }
        let end = self.take_unit(&tokens, UnitOnly::No, lexicon);
        self.read_named_street(&tokens[..end], lexicon);
    }

    /// Finds the unit in a line; answers where the street ends.
    fn take_unit(&mut self, tokens: &[&str], unit_only: UnitOnly, lexicon: &Lexicon) -> usize {
        let from = usize::from(unit_only == UnitOnly::No);
        let last = tokens.len().saturating_sub(1);
        let found = (from..last).find(|&at| UNITS.contains(&tokens[at]));
        let unit: String = match found {
            Some(at) => tokens[at + 1..].iter().copied().filter(|w| *w != "no").collect(),
            None if unit_only == UnitOnly::Yes && tokens.len() == 1 && tokens[0].len() <= 4 => {
                tokens[0].to_owned()
            }
            None => return tokens.len(),
        };
        self.unit = lexicon.id(unit.trim_start_matches('0'));
        found.unwrap_or(tokens.len())
    }

    fn read_named_street(&mut self, tokens: &[&str], lexicon: &Lexicon) {
        let mut rest = tokens.to_vec();
        if rest.len() > 1 && is_numeric(rest[0]) {
            self.number = lexicon.word(rest.remove(0));
        }
        if let (Some(kind), true) = (rest.last().and_then(|w| street_kind(w)), rest.len() > 1) {
            self.kind = kind;
            rest.pop();
        } else if let (Some(direction), true) = (rest.last().and_then(|w| direction(w)), rest.len() > 2) {
            self.direction = direction;
            rest.pop();
            if let Some(kind) = rest.last().and_then(|w| street_kind(w)) {
                self.kind = kind;
                rest.pop();
            }
        }
        if let (Some(direction), true) = (rest.first().and_then(|w| direction(w)), rest.len() > 1) {
            self.direction = direction;
            rest.remove(0);
        }
        let name: String = rest.into_iter().map(short_word).collect();
        self.street = lexicon.word(&name);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum UnitOnly {
    Yes,
    No,
}

/// A postal code in the form in which it compares: five digits, or as it is.
fn postal_code(text: &str) -> String {
    let mut code = joined(text);
    if code.is_empty() || !code.bytes().all(|b| b.is_ascii_digit()) {
        return code;
    }
    let five = match code.len() {
        9 => 5,
        8 => 4, // ZIP+4 without its leading zero
        other => other.min(5),
    };
    code.truncate(five);
    format!("{code:0>5}")
}

/// Words of an address line; `#` becomes the word `no`.
fn street_words(line: &str) -> Words {
    if line.contains('#') {
        return words(&line.replace('#', " no "));
    }
    words(line)
}

/// Whether a line looks like a street or a box rather than a care-of or a unit.
fn is_street(tokens: &[&str]) -> bool {
    let numbered = tokens.len() > 1 && is_numeric(tokens[0]);
    numbered || tokens.windows(2).any(|w| w == ["po", "box"])
}

fn box_number<'a>(tokens: &[&'a str]) -> Option<&'a str> {
    let at = tokens.iter().position(|w| matches!(*w, "box" | "pobox"))?;
    let before = |w: &&str| matches!(*w, "po" | "p" | "o" | "post" | "office");
    let number = tokens.get(at + 1).filter(|n| is_numeric(n))?;
    tokens[..at].iter().all(before).then_some(number)
}

fn is_numeric(word: &str) -> bool {
    word.bytes().next().is_some_and(|b| b.is_ascii_digit())
}

/// The kind's number, from 1.
fn street_kind(word: &str) -> Option<u8> {
    static NUMBERS: LazyLock<HashMap<&str, u8, FixedState>> = LazyLock::new(|| {
        let spellings = |(full, short): &(&'static str, &'static [&'static str])| {
            std::iter::once(*full).chain(short.iter().copied()).collect::<Vec<_>>()
        };
        let numbered = KINDS.iter().map(spellings).zip(1..);
        numbered.flat_map(|(all, number)| all.into_iter().map(move |word| (word, number))).collect()
    });
    NUMBERS.get(word).copied()
}

/// The direction's number, from 1.
fn direction(word: &str) -> Option<u8> {
    DIRECTIONS.iter().position(|(full, short)| *full == word || *short == word).map(|at| at as u8 + 1)
}

fn short_word(word: &str) -> &str {
    WORDS.iter().find(|(full, _)| *full == word).map_or(word, |(_, short)| short)
}

fn city_name(city: &str) -> String {
    words(city).iter().map(short_word).collect()
}

fn state(state: &str, lexicon: &Lexicon) -> Word {
    let name = joined(state);
    let short = STATES.iter().find(|(full, _)| *full == name).map_or(name.as_str(), |(_, short)| short);
    lexicon.word(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(line1: &str, line2: &str, postal: &str, lexicon: &Lexicon) -> Spot {
        let place = Place {
            line1: line1.into(),
            line2: line2.into(),
            postal: postal.into(),
            city: "St. Louis".into(),
            state: "Missouri".into(),
        };
        Spot::read(&place, lexicon).expect("filled")
    }

    #[test]
    fn the_same_house_is_written_in_many_ways() {
        let lexicon = Lexicon::new();
        let a = spot("202 West Deer Park Avenue, Apt. 10B", "", "01115-3930", &lexicon);
        for (line1, line2, postal) in [
            ("202 W Deer Park Ave #10B", "", "01115"),
            ("202 W. DEER PARK AV.", "Apartment 10b", "1115"),
            ("202 Deer Park Ave W", "# 10B", "011153930"),
            ("c/o Ann Lee", "202 West Deer Park Ave Unit 10B", "1115-3930"),
        ] {
            let b = spot(line1, line2, postal, &lexicon);
            assert_eq!(a.number, b.number, "{line1}");
            assert_eq!(a.street, b.street, "{line1}");
            assert_eq!((a.kind, a.direction, a.unit), (b.kind, b.direction, b.unit), "{line1}");
            assert_eq!(a.postal, b.postal, "{postal}");
        }
    }

    #[test]
    fn boxes_are_one_street_and_their_number() {
        let lexicon = Lexicon::new();
        let a = spot("PO Box 881", "", "63101", &lexicon);
        for line in ["P.O. Box 881", "P O BOX 881", "Box 881", "Post Office Box 881"] {
            let b = spot(line, "", "63101", &lexicon);
            assert_eq!((a.number, a.street), (b.number, b.street), "{line}");
        }
    }

    #[test]
    fn cities_and_states_have_one_short_form() {
        let lexicon = Lexicon::new();
        let place = |city: &str, state: &str| {
            Spot::read(&Place { city: city.into(), state: state.into(), ..Place::default() }, &lexicon)
                .expect("filled")
        };
        let (a, b) = (place("Saint Louis", "MO"), place("ST. LOUIS", "Missouri"));
        assert_eq!((a.city.id, a.state), (b.city.id, b.state));
    }
}
