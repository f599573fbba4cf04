//! Donor records as Raiser's Edge keeps them. Any record can be made from its number alone, so
//! that a gift finds its donor without a list of donors in memory.

use super::dice::{Dice, Purpose};
use super::person::{couple, email, junior, man, organization, person, phones, spouse};
use super::wear;

/// One constituent record, as the file says it, with the truth behind it.
#[derive(Clone, Debug, Default)]
pub struct Donor {
    pub id: String,
    pub import_id: String,
    pub indicator: &'static str,
    pub code: &'static str,
    pub organization: String,
    pub title: &'static str,
    pub first: String,
    pub middle: String,
    pub last: String,
    pub suffix: &'static str,
    pub nickname: String,
    pub maiden: String,
    pub gender: &'static str,
    pub birth: String,
    pub ssn: String,
    pub spouse_title: &'static str,
    pub spouse_first: String,
    pub spouse_last: String,
    pub place: Place,
    pub home_phone: String,
    pub cell_phone: String,
    pub work_phone: String,
    pub email: String,
    pub deceased: String,
    pub no_mail: bool,
    pub no_email: bool,
    pub no_phone: bool,
    pub comments: String,
    pub truth: Truth,
}

/// An address.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub state: String,
    pub zip: String,
    pub country: &'static str,
}

/// What is true of a record, whatever it says.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// Number of the first record of the same person or organization.
    pub entity: u64,
    /// Number of the first record of the same household.
    pub household: u64,
    /// The record names two people.
    pub two_people: bool,
    /// Finding codes that warn of this record.
    pub warnings: Vec<&'static str>,
    /// The finding code that holds it.
    pub held: Option<&'static str>,
    /// It is left out by the rule for vendors.
    pub vendor: bool,
}

/// Kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Single,
    Couple,
    CoupleInOneName,
    Senior,
    Junior,
    Organization,
    Foundation,
    /// The same person or organization as an earlier record.
    Again,
    /// Married to the person of an earlier record.
    Spouse,
    Vendor,
    NoName,
    OddFlag,
}

/// All donor records of one seed.
pub struct Donors {
    pub seed: u64,
    pub count: u64,
    /// Whether some records are planted to be held.
    pub planted: bool,
}

impl Donors {
    /// The record at `number`, from 0, with its wear.
    pub fn at(&self, number: u64) -> Donor {
        let mut donor = self.fresh(number);
        wear::wear(&mut donor, self.role(number), &mut Dice::new(self.seed, Purpose::Wear, number));
        donor
    }

    /// A donor of whom gifts can be told: not a vendor, not held.
    pub fn giver(&self, mut number: u64) -> u64 {
        while matches!(self.role(number), Role::Vendor | Role::NoName | Role::OddFlag) {
            number = (number + 1) % self.count;
        }
        number
    }

    fn role(&self, number: u64) -> Role {
        if self.planted && number % 800 == 401 {
            return Role::NoName;
        }
        if self.planted && number % 800 == 402 {
            return Role::OddFlag;
        }
        if self.follows_senior(number) {
            return Role::Junior;
        }
        match self.roll(number) {
            Role::Again | Role::Spouse if number < 3 => Role::Single,
            role => role,
        }
    }

    fn follows_senior(&self, number: u64) -> bool {
        let senior = |back: u64| number.checked_sub(back).is_some_and(|at| self.roll(at) == Role::Senior);
        let planted = self.planted && matches!(number % 800, 402 | 403);
        !planted && senior(1) && !senior(2)
    }

    fn roll(&self, number: u64) -> Role {
        Dice::new(self.seed, Purpose::Role, number).weighted(&[
            (415, Role::Single),
            (235, Role::Couple),
            (20, Role::CoupleInOneName),
            (15, Role::Senior),
            (110, Role::Organization),
            (30, Role::Foundation),
            (95, Role::Again),
            (75, Role::Spouse),
            (5, Role::Vendor),
        ])
    }

    /// The nearest earlier record, from a thrown distance on, with one of `roles`.
    fn earlier(&self, number: u64, dice: &mut Dice, roles: &[Role]) -> Option<u64> {
        let start = number - 1 - dice.below(number.min(60));
        (0..=start).rev().take(5_000).find(|at| roles.contains(&self.role(*at)))
    }

    fn fresh(&self, number: u64) -> Donor {
        let mut dice = Dice::new(self.seed, Purpose::Donor, number);
        let role = self.role(number);
        let mut donor = match role {
            Role::Organization | Role::Foundation | Role::Vendor => organization(role, &mut dice),
            Role::Again => {
                match self.earlier(number, &mut dice, &[Role::Single, Role::Couple, Role::Organization]) {
                    Some(first) => wear::again(self.fresh(first), &mut dice),
                    None => person(&mut dice),
                }
            }
            Role::Spouse => match self.earlier(number, &mut dice, &[Role::Single]) {
                Some(other) => spouse(&self.fresh(other), &mut dice),
                None => person(&mut dice),
            },
            Role::Junior => junior(&self.fresh(number - 1), &mut dice),
            Role::Senior => Donor { suffix: "Sr", title: "Mr.", ..man(&mut dice) },
            Role::Couple | Role::CoupleInOneName => couple(role, person(&mut dice), &mut dice),
            Role::Single | Role::NoName | Role::OddFlag => person(&mut dice),
        };
        number_it(&mut donor, number, role);
        phones(&mut donor, number, self.count, &mut dice);
        if donor.email.is_empty() && role != Role::Again && dice.chance(620) {
            donor.email = email(&donor, number);
        }
        plant(&mut donor, role);
        donor
    }
}

fn number_it(donor: &mut Donor, number: u64, role: Role) {
    donor.id = (10_001 + number).to_string();
    donor.import_id = format!("00079-079-{:07}", 40_000 + number * 3);
    let related =
        matches!(role, Role::Again | Role::Spouse | Role::Junior) && donor.truth.household != u64::MAX;
    if !(role == Role::Again && related) {
        donor.truth.entity = number;
    }
    if !related {
        donor.truth.household = number;
        donor.truth.entity = number;
    }
}

fn plant(donor: &mut Donor, role: Role) {
    match role {
        Role::NoName => {
            donor.first.clear();
            donor.last.clear();
            donor.nickname.clear();
            donor.truth.held = Some("C009");
        }
        Role::OddFlag => {
            donor.deceased = "check w/ family".into();
            donor.truth.held = Some("C010");
        }
        Role::Vendor => donor.truth.vendor = true,
        _ => {}
    }
}
