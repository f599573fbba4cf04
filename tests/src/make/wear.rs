//! What forty years of typing do to donor records: second records of one person, slips, lost
//! zeros, phones in every style.

use super::dice::Dice;
use super::donor::{Donor, Place, Role};
use super::person::place;

/// A second record of the same person or organization, changed in one of the usual ways.
pub fn again(mut donor: Donor, dice: &mut Dice) -> Donor {
    donor.ssn.clear();
    donor.comments.clear();
    donor.truth.warnings.clear();
    donor.spouse_title = "";
    donor.spouse_first.clear();
    donor.spouse_last.clear();
    donor.truth.two_people = false;
    if dice.chance(400) {
        donor.cell_phone.clear();
    }
    if dice.chance(350) {
        donor.birth.clear();
    }
    if donor.indicator == "O" {
        donor.organization = organization_again(&donor.organization, dice);
        return donor;
    }
    match dice.below(8) {
        0 => donor.last = slip(&donor.last, dice),
        1 => donor.place = place(dice),
        2 => shout(&mut donor),
        3 => std::mem::swap(&mut donor.first, &mut donor.last),
        4 if !donor.nickname.is_empty() => donor.first = std::mem::take(&mut donor.nickname),
        5 if !donor.maiden.is_empty() => donor.last = std::mem::take(&mut donor.maiden),
        6 => donor.last = donor.last.chars().map(unaccented).collect(),
        _ => donor.first = slip(&donor.first, dice),
    }
    donor
}

fn organization_again(name: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("{name}, Inc."),
        1 => name.to_uppercase(),
        _ => format!("The {name}"),
    }
}

fn shout(donor: &mut Donor) {
    donor.first = donor.first.to_uppercase();
    donor.last = donor.last.to_uppercase();
    donor.place.line1 = donor.place.line1.to_uppercase();
    donor.place.city = donor.place.city.to_uppercase();
}

/// One slip of the keyboard: a letter doubled, lost or exchanged with its neighbour.
fn slip(word: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 {
        return format!("{word}{}", letters.last().copied().unwrap_or('e'));
    }
    let at = 1 + dice.index(letters.len() - 2);
    match dice.below(3) {
        0 => letters.insert(at, letters[at]),
        1 => {
            letters.remove(at);
        }
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

/// The letter without its accent, and the straight apostrophe.
pub fn unaccented(letter: char) -> char {
    match letter {
        'á' | 'à' => 'a',
        'é' | 'è' | 'ê' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' => 'u',
        'ñ' => 'n',
        '’' => '\'',
        other => other,
    }
}

/// Types the record badly, and remembers which findings that must give.
pub fn wear(donor: &mut Donor, role: Role, dice: &mut Dice) {
    for phone in [&mut donor.home_phone, &mut donor.cell_phone, &mut donor.work_phone] {
        *phone = styled(phone, dice);
    }
    if matches!(role, Role::NoName | Role::OddFlag | Role::Vendor) {
        return;
    }
    if dice.chance(6) {
        *donor = unreachable(donor);
        donor.truth.warnings.push("C007");
        return;
    }
    postal(donor, dice);
    if dice.chance(6) {
        donor.email = format!("donor{}@", donor.id);
        donor.truth.warnings.push("C003");
    } else if dice.chance(10) && !donor.email.is_empty() {
        donor.email = format!("{}; second.{}@example.net", donor.email, donor.id);
    }
    if dice.chance(5) && donor.home_phone.is_empty() {
        donor.home_phone = "unlisted".into();
        donor.truth.warnings.push("C004");
    }
    if dice.chance(3) {
        donor.comments = "Paid by card 4111 1111 1111 1111 at the 2012 auction".into();
    }
}

fn unreachable(donor: &Donor) -> Donor {
    Donor {
        place: Place::default(),
        home_phone: String::new(),
        cell_phone: String::new(),
        work_phone: String::new(),
        email: String::new(),
        ..donor.clone()
    }
}

fn postal(donor: &mut Donor, dice: &mut Dice) {
    let place = &mut donor.place;
    if dice.chance(8) {
        let (city, state, zip) = dice.pick(&[("Halifax", "NS", "B3H 4R2"), ("Fredericton", "NB", "E3B 5A3")]);
        (place.city, place.state, place.zip) = (city.into(), state.into(), zip.into());
        place.country = "Canada";
    } else if dice.chance(5) {
        place.zip = place.zip.replacen('0', "O", 1);
        if place.zip.contains('O') {
            donor.truth.warnings.push("C005");
        }
    } else if place.zip.starts_with('0') && dice.chance(170) {
        place.zip.remove(0);
        donor.truth.warnings.push("C006");
    } else if dice.chance(60) {
        place.zip = format!("{}-{:04}", place.zip, dice.below(9000) + 1000);
    }
}

fn styled(digits: &str, dice: &mut Dice) -> String {
    if digits.len() != 10 {
        return digits.into();
    }
    let (area, exchange, line) = (&digits[..3], &digits[3..6], &digits[6..]);
    match dice.below(9) {
        0 => format!("{area}.{exchange}.{line}"),
        1 => format!("{area}-{exchange}-{line}"),
        2 => digits.into(),
        3 => format!("+1 {area} {exchange} {line}"),
        4 => format!("({area}) {exchange}-{line} x{}", dice.below(80) + 10),
        _ => format!("({area}) {exchange}-{line}"),
    }
}
