//! What two records share of address, phone and e-mail, as one comparison.

use strsim::jaro_winkler;

use crate::frequency::Frequencies;
use crate::prepare::{Mail, Prepared, Spot};

/// How near two addresses are; the nearest pair of addresses counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Nearness {
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
    pub mail: bool,
    pub mail_close: bool,
    /// An e-mail domain that isn't open to everyone.
    pub domain: bool,
    pub phone: bool,
    pub phone_of_many: bool,
    pub address: Nearness,
}

impl Shared {
    /// Compares all addresses, phones and e-mails of two records.
    pub fn find(a: &Prepared, b: &Prepared, facts: &Frequencies) -> Shared {
        let same_mail = |x: &&Mail| b.mails.iter().any(|y| y.whole == x.whole);
        let mails: Vec<&Mail> = a.mails.iter().filter(same_mail).collect();
        let mail = mails.iter().any(|m| !facts.is_mail_of_many(m.whole));
        let phones = || a.phones.iter().filter(|p| b.phones.contains(p));
        let phone = phones().any(|&p| !facts.is_phone_of_many(p));
        let mail_pairs = || a.mails.iter().flat_map(|x| b.mails.iter().map(move |y| (x, y)));
        Shared {
            mail,
            mail_close: !mail && mail_pairs().any(|(x, y)| is_nearly(x, y)),
            domain: mail_pairs().any(|(x, y)| !x.public && x.domain == y.domain),
            phone,
            phone_of_many: !phone && phones().next().is_some(),
            address: nearest(a, b, facts),
        }
    }

    /// Whether they would be found in the same house: by address, phone or e-mail.
    pub fn lives_together(&self) -> bool {
        self.mail || self.phone || self.address == Nearness::Same
    }

    /// The same, with slips of the pen allowed.
    pub fn seems_to_live_together(&self) -> bool {
        self.lives_together() || self.address >= Nearness::Close || self.mail_close
    }
}

fn is_nearly(x: &Mail, y: &Mail) -> bool {
    let long = x.local.len() >= 6 && y.local.len() >= 6;
    x.whole != y.whole && long && x.domain == y.domain && jaro_winkler(x.local.text(), y.local.text()) >= 0.95
}

fn nearest(a: &Prepared, b: &Prepared, facts: &Frequencies) -> Nearness {
    let mut best = Nearness::Unknown;
    for x in &a.spots {
        for y in &b.spots {
            let mut near = nearness(x, y);
            if near == Nearness::Same && facts.is_house_of_many(x) {
                near = Nearness::Crowded;
            }
            best = best.max(near);
        }
    }
    best
}

/// Equal and known.
fn same(x: u64, y: u64) -> bool {
    x != 0 && x == y
}

/// Known on both sides and different.
fn conflict(x: u64, y: u64) -> bool {
    x != 0 && y != 0 && x != y
}

fn nearness(x: &Spot, y: &Spot) -> Nearness {
    let postal = same(x.postal, y.postal);
    let city = same(x.city.id, y.city.id) && !conflict(x.state, y.state);
    let near_place = postal || city || !conflict(x.postal, y.postal) && !conflict(x.city.id, y.city.id);
    if x.has_house() && y.has_house() && x.number == y.number {
        let street = x.street.id == y.street.id;
        let conflicts = [(x.direction, y.direction), (x.kind, y.kind), (x.unit, y.unit)];
        let fits = !conflicts.iter().any(|&(p, q)| conflict(p, q));
        let similar = || jaro_winkler(x.street.text(), y.street.text()) >= 0.9;
        let area = same(x.area, y.area) || city;
        match (street, near_place) {
            (true, true) if fits => return Nearness::Same,
            (true, true) => return Nearness::Close,
            (true, false) if area => return Nearness::Close,
            (false, true) if similar() => return Nearness::Close,
            _ => {}
        }
    }
    let unknown = (x.postal == 0 || y.postal == 0) && (x.city.is_empty() || y.city.is_empty());
    match (postal, city) {
        (true, _) => Nearness::Postal,
        (_, true) => Nearness::City,
        _ if unknown => Nearness::Unknown,
        _ => Nearness::Elsewhere,
    }
}
