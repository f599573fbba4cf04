//! What two records share of address, phone and e-mail, as one comparison.

use crate::fields::{MISSING, household};
use crate::frequency::Facts;
use crate::likeness::Likeness;
use crate::prepare::{Mail, Prepared, Spot, Word};

/// Digits of a house number from which on one wrong digit is likelier a slip than another house.
const SLIPPED_NUMBER_MIN: usize = 3;

/// How near two addresses are; the nearest pair of addresses counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Nearness {
    /// One of them is not known.
    Unknown,
    Elsewhere,
    City,
    Postal,
    /// The same house by all appearance, with a slip or another unit.
    Close,
    /// The same house that very many records share.
    Crowded,
    Same,
}

/// What two records share.
pub(crate) struct Shared {
    mail: bool,
    mail_close: bool,
    /// An e-mail domain that isn't open to everyone.
    domain: bool,
    phone: bool,
    phone_of_many: bool,
    address: Nearness,
}

impl Shared {
    /// Compares all addresses, phones and e-mails of two records.
    pub fn find(a: &Prepared, b: &Prepared, facts: &Facts, likeness: &mut Likeness) -> Shared {
        let mut shared = Shared {
            mail: false,
            mail_close: false,
            domain: false,
            phone: false,
            phone_of_many: false,
            address: Nearness::Unknown,
        };
        for x in &a.mails {
            for y in &b.mails {
                if x.whole() == y.whole() {
                    shared.mail |= !facts.is_mail_of_many(x);
                } else if x.domain == y.domain {
                    shared.mail_close |= is_nearly(x, y, likeness);
                }
                shared.domain |= x.domain == y.domain && !x.public && !facts.is_domain_of_many(x.domain);
            }
        }
        for phone in a.phones.iter().filter(|p| b.phones.contains(p)) {
            let of_many = facts.is_phone_of_many(*phone);
            shared.phone |= !of_many;
            shared.phone_of_many |= of_many;
        }
        for x in &a.spots {
            for y in &b.spots {
                let mut near = nearness(x, y, likeness);
                if near == Nearness::Same && facts.is_house_of_many(x) {
                    near = Nearness::Crowded;
                }
                shared.address = shared.address.max(near);
            }
        }
        shared
    }

    /// Whether they would be found in the same house: by address, phone or e-mail.
    pub fn lives_together(&self) -> bool {
        self.mail || self.phone || self.address == Nearness::Same
    }

    /// The level of the whole.
    pub fn level(&self) -> u8 {
        let address = self.address == Nearness::Same;
        match (self.mail, address, self.phone) {
            (true, true, _) | (true, _, true) => return household::MAIL_AND,
            // An address made of a name may be given to two people of the name.
            (true, false, false) if self.address == Nearness::Elsewhere => return household::MAIL_ELSEWHERE,
            (true, false, false) => return household::MAIL,
            (_, true, true) => return household::ADDRESS_AND_PHONE,
            (_, true, false) => return household::ADDRESS,
            (_, false, true) => return household::PHONE,
            _ => {}
        }
        match self.address {
            Nearness::Unknown | Nearness::City | Nearness::Postal if self.mail_close => household::MAIL_CLOSE,
            Nearness::Close => household::ADDRESS_CLOSE,
            Nearness::Crowded => household::CROWDED,
            _ if self.phone_of_many => household::CROWDED,
            Nearness::Elsewhere if self.domain => household::DOMAIN_ELSEWHERE,
            _ if self.domain => household::DOMAIN,
            Nearness::Postal => household::POSTAL,
            Nearness::City => household::CITY,
            Nearness::Elsewhere => household::ELSEWHERE,
            _ => MISSING,
        }
    }
}

fn is_nearly(x: &Mail, y: &Mail, likeness: &mut Likeness) -> bool {
    let long = x.local.len() >= 6 && y.local.len() >= 6;
    long && likeness.same_digits(x.local, y.local) && likeness.of(x.local, y.local) >= 0.95
}

/// Whether two house numbers are one by a slip of the pen. Of short ones every neighbour's would be.
fn is_slipped_number(x: &Spot, y: &Spot, likeness: &Likeness) -> bool {
    x.number.len().min(y.number.len()) >= SLIPPED_NUMBER_MIN && likeness.is_slip(x.number, y.number)
}

/// Known on both sides and different.
fn conflict(x: u32, y: u32) -> bool {
    x != 0 && y != 0 && x != y
}

fn same(x: Word, y: Word) -> bool {
    !x.is_empty() && x == y
}

fn nearness(x: &Spot, y: &Spot, likeness: &mut Likeness) -> Nearness {
    let postal = same(x.postal, y.postal);
    let city = same(x.city, y.city) && !conflict(x.state, y.state);
    let near_place = postal || city || !conflict(x.postal.id, y.postal.id) && !conflict(x.city.id, y.city.id);
    if x.has_house() && y.has_house() {
        let street = x.street == y.street;
        if x.number == y.number {
            let conflicts = conflict(x.direction.into(), y.direction.into())
                || conflict(x.kind.into(), y.kind.into())
                || conflict(x.unit, y.unit);
            let area = x.area != 0 && x.area == y.area || city;
            match (street, near_place) {
                (true, true) if !conflicts => return Nearness::Same,
                (true, true) => return Nearness::Close,
                (true, false) if area => return Nearness::Close,
                (false, true) if likeness.of(x.street, y.street) >= 0.9 => return Nearness::Close,
                _ => {}
            }
        } else if street && near_place && is_slipped_number(x, y, likeness) {
            return Nearness::Close;
        }
    }
    let unknown = (x.postal.is_empty() || y.postal.is_empty()) && (x.city.is_empty() || y.city.is_empty());
    match (postal, city) {
        (true, _) => Nearness::Postal,
        (_, true) => Nearness::City,
        _ if unknown => Nearness::Unknown,
        _ => Nearness::Elsewhere,
    }
}
