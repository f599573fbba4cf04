//! What donor records say: people, couples, sons and organizations, made from dice.

use super::dice::Dice;
use super::donor::{Donor, Place, Role, Truth};
use super::wear;
use super::words::{
    AREAS_NEAR, BACK, COMPANIES, FOUNDATIONS, FRONT, LAST, MEN, Name, REMARKS, STREETS, TOWNS, WOMEN,
};

/// A woman or a man.
pub fn person(dice: &mut Dice) -> Donor {
    if dice.chance(450) {
        return man(dice);
    }
    let name = dice.pick(WOMEN);
    let mut donor = somebody(name, "Female", dice);
    donor.title = dice.weighted(&[(5, "Ms."), (4, "Mrs."), (1, "Dr.")]);
    if dice.chance(250) {
        donor.maiden = last_name(dice);
    }
    donor
}

/// A man.
pub fn man(dice: &mut Dice) -> Donor {
    let name = dice.pick(MEN);
    Donor { title: dice.weighted(&[(9, "Mr."), (1, "Dr.")]), ..somebody(name, "Male", dice) }
}

fn somebody(name: Name, gender: &'static str, dice: &mut Dice) -> Donor {
    Donor {
        indicator: "I",
        code: dice.weighted(&[(80, "Individual"), (12, "Volunteer"), (5, "Board Member"), (3, "Staff")]),
        first: name.0.into(),
        nickname: if dice.chance(180) { name.1.into() } else { String::new() },
        middle: if dice.chance(400) {
            char::from(b'A' + dice.below(20) as u8).to_string()
        } else {
            String::new()
        },
        last: last_name(dice),
        gender,
        birth: birth(dice),
        ssn: if dice.chance(80) {
            format!("000-{:02}-{:04}", dice.below(90) + 10, dice.below(10_000))
        } else {
            String::new()
        },
        place: place(dice),
        deceased: if dice.chance(35) { "Yes".into() } else { "No".into() },
        no_mail: dice.chance(40),
        no_email: dice.chance(30),
        no_phone: dice.chance(60),
        comments: if dice.chance(50) { dice.pick(REMARKS).into() } else { String::new() },
        truth: Truth { household: u64::MAX, ..Truth::default() },
        ..Donor::default()
    }
}

/// The person and a spouse, on one record.
pub fn couple(role: Role, mut donor: Donor, dice: &mut Dice) -> Donor {
    let (names, title) = if donor.gender == "Male" { (WOMEN, "Mrs.") } else { (MEN, "Mr.") };
    let other = dice.pick(names).0;
    donor.truth.two_people = true;
    if role == Role::CoupleInOneName {
        donor.first = format!("{} & {other}", donor.first);
        donor.title = "Mr. & Mrs.";
        donor.middle.clear();
        donor.nickname.clear();
        donor.truth.warnings.push("C008");
        return donor;
    }
    donor.spouse_title = title;
    donor.spouse_first = other.into();
    donor.spouse_last = if dice.chance(150) { last_name(dice) } else { donor.last.clone() };
    donor
}

/// The same household, another person, a record of their own; often one mailbox for both.
pub fn spouse(of: &Donor, dice: &mut Dice) -> Donor {
    let mut donor = if of.gender == "Male" {
        Donor { title: "Mrs.", ..somebody(dice.pick(WOMEN), "Female", dice) }
    } else {
        man(dice)
    };
    donor.last = of.last.clone();
    donor.place = of.place.clone();
    donor.home_phone = of.home_phone.clone();
    donor.email = if dice.chance(600) { of.email.clone() } else { String::new() };
    donor.truth.household = of.truth.household;
    donor
}

/// A son of the same name at the same address.
pub fn junior(of: &Donor, dice: &mut Dice) -> Donor {
    let mut donor = Donor { suffix: "Jr", title: "Mr.", ..man(dice) };
    donor.first = of.first.clone();
    donor.last = of.last.clone();
    donor.middle = of.middle.clone();
    donor.nickname = String::new();
    donor.birth = format!("{:02}/{:02}/{}", dice.below(12) + 1, dice.below(28) + 1, 1972 + dice.below(20));
    donor.place = of.place.clone();
    donor.truth.household = of.truth.household;
    donor
}

/// A company, church, foundation or vendor; often with somebody to write to.
pub fn organization(role: Role, dice: &mut Dice) -> Donor {
    let own = format!("{}{}", dice.pick(FRONT), dice.pick(BACK));
    let (indicator, code, name) = match role {
        Role::Foundation => ("O", "Foundation", format!("{own} {}", dice.pick(FOUNDATIONS))),
        Role::Vendor => ("O", "Vendor", format!("{own} Refrigeration, Inc.")),
        _ => ("O", "Organization", format!("{own} {}", dice.pick(COMPANIES))),
    };
    let contact = dice.pick(WOMEN);
    let named = dice.chance(550);
    Donor {
        indicator,
        code,
        organization: name,
        first: if named { contact.0.into() } else { String::new() },
        last: if named { last_name(dice) } else { String::new() },
        place: place(dice),
        deceased: "No".into(),
        truth: Truth { household: u64::MAX, ..Truth::default() },
        ..Donor::default()
    }
}

fn last_name(dice: &mut Dice) -> String {
    if dice.chance(550) {
        return dice.pick(LAST).into();
    }
    format!("{}{}", dice.pick(FRONT), dice.pick(BACK))
}

fn birth(dice: &mut Dice) -> String {
    let (month, day, year) = (dice.below(12) + 1, dice.below(28) + 1, 1930 + dice.below(65));
    match dice.below(20) {
        0..=7 => format!("{month:02}/{day:02}/{year}"),
        8 => year.to_string(),
        9 => format!("{month}/{year}"),
        _ => String::new(),
    }
}

/// A new address.
pub fn place(dice: &mut Dice) -> Place {
    let (city, state, zip) = dice.pick(TOWNS);
    let street = dice.pick(STREETS);
    let kind = if dice.chance(500) { street.0 } else { street.1 };
    let line2 = match dice.below(14) {
        0 => format!("Apt {}", dice.below(40) + 1),
        1 => format!("PO Box {}", dice.below(900) + 10),
        _ => String::new(),
    };
    Place {
        line1: format!("{} {}{} {kind}", dice.below(980) + 1, dice.pick(FRONT), dice.pick(BACK)),
        line2,
        city: city.into(),
        state: state.into(),
        zip: format!("{zip}{:02}", dice.below(40) + 1),
        country: "",
    }
}

/// Numbers nobody has: area code 555-01xx, one for each record as long as the 71,700 last.
pub fn phones(donor: &mut Donor, number: u64, count: u64, dice: &mut Dice) {
    let own = |at: u64| {
        let near = AREAS_NEAR.len() as u64;
        let area =
            if at / 100 < near { AREAS_NEAR[(at / 100) as usize] } else { 210 + (at / 100 - near) % 700 };
        format!("{area}55501{:02}", at % 100)
    };
    if donor.home_phone.is_empty() && dice.chance(650) {
        donor.home_phone = own(number);
    }
    if donor.indicator == "O" {
        donor.work_phone = std::mem::take(&mut donor.home_phone);
    } else if donor.cell_phone.is_empty() && dice.chance(300) {
        donor.cell_phone = own(count + number);
    }
}

/// A mailbox at a domain that nobody owns.
pub fn email(donor: &Donor, number: u64) -> String {
    let plain = |text: &str| {
        let letters = text.chars().map(wear::unaccented);
        letters.filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    };
    if donor.indicator == "O" {
        return format!(
            "office{number}@{}.example.org",
            plain(donor.organization.split(' ').next().unwrap_or("org"))
        );
    }
    let first = donor.first.split(' ').next().unwrap_or_default();
    let host = ["example.org", "mail.example.org", "home.example.net"][(number % 3) as usize];
    format!("{}.{}{}@{host}", plain(first), plain(&donor.last), number % 997)
}
