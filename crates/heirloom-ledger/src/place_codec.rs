//! What a gift and a donor hold beyond their columns, as bytes.

use heirloom_model::{
    Acknowledgee, Address, Contactable, Donor, DonorKind, Email, Flag, GiftDate, GiftDetails, GiftIdentity,
    Pays, Person, Phone, PhoneKind, RowId, SoftCredit, Tender, TenderKind, Tribute, TributeKind,
};

use crate::codec::{Reader, Writer, pack, unpack};
use crate::promise_codec;

/// What of a gift has no column.
pub(crate) struct GiftRest {
    pub identity: GiftIdentity,
    pub tender: Tender,
    pub details: GiftDetails,
}

pub(crate) fn encode_gift(identity: &GiftIdentity, tender: &Tender, details: &GiftDetails) -> Vec<u8> {
    let mut w = Writer::default();
    put_identity(&mut w, identity);
    put_tender(&mut w, tender);
    if *details != GiftDetails::default() {
        put_details(&mut w, details);
    }
    w.0
}

pub(crate) fn decode_gift(kind: TenderKind, bytes: &[u8]) -> Option<GiftRest> {
    let mut r = Reader(bytes);
    let identity = get_identity(&mut r)?;
    let tender = get_tender(&mut r, kind)?;
    let details = if r.0.is_empty() { GiftDetails::default() } else { get_details(&mut r)? };
    r.end(GiftRest { identity, tender, details })
}

fn put_identity(w: &mut Writer, identity: &GiftIdentity) {
    match identity {
        GiftIdentity::Legacy(id) => {
            w.byte(0);
            w.text(id);
        }
        GiftIdentity::Derived { digest, ordinal } => match half_digest(digest) {
            Some(bytes) => {
                w.byte(1);
                w.0.extend_from_slice(&bytes);
                w.count(u64::from(*ordinal));
            }
            None => {
                w.byte(2);
                w.text(digest);
                w.count(u64::from(*ordinal));
            }
        },
    }
}

/// The 16 bytes of 32 lower-case hexadecimal digits.
fn half_digest(text: &str) -> Option<[u8; 16]> {
    let plain = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let value = plain.then(|| u128::from_str_radix(text, 16).ok())??;
    Some(value.to_be_bytes())
}

fn get_identity(r: &mut Reader<'_>) -> Option<GiftIdentity> {
    match r.byte()? {
        0 => Some(GiftIdentity::Legacy(r.text()?)),
        1 => {
            let mut value = 0u128;
            for _ in 0..16 {
                value = value << 8 | u128::from(r.byte()?);
            }
            let digest = format!("{value:032x}");
            Some(GiftIdentity::Derived { digest, ordinal: r.small()? })
        }
        2 => Some(GiftIdentity::Derived { digest: r.text()?, ordinal: r.small()? }),
        _ => None,
    }
}

fn put_tender(w: &mut Writer, tender: &Tender) {
    match tender {
        Tender::Check { number: text } | Tender::Credit { kind: text } | Tender::Qcd { custodian: text } => {
            w.maybe_text(text.as_deref());
        }
        Tender::Stock { ticker: a, shares: b } | Tender::NonCash { kind: a, what: b } => {
            w.text(a);
            w.text(b);
        }
        Tender::Cash | Tender::Eft | Tender::Crypto | Tender::Other | Tender::Reversing => {}
    }
}

fn get_tender(r: &mut Reader<'_>, kind: TenderKind) -> Option<Tender> {
    Some(match kind {
        TenderKind::Cash => Tender::Cash,
        TenderKind::Check => Tender::Check { number: r.maybe_text()? },
        TenderKind::Credit => Tender::Credit { kind: r.maybe_text()? },
        TenderKind::Eft => Tender::Eft,
        TenderKind::Stock => Tender::Stock { ticker: r.text()?, shares: r.text()? },
        TenderKind::NonCash => Tender::NonCash { kind: r.text()?, what: r.text()? },
        TenderKind::Crypto => Tender::Crypto,
        TenderKind::Qcd => Tender::Qcd { custodian: r.maybe_text()? },
        TenderKind::Other => Tender::Other,
        TenderKind::Reversing => Tender::Reversing,
    })
}

fn put_details(w: &mut Writer, d: &GiftDetails) {
    w.maybe_text(d.segment.as_deref());
    w.maybe_text(d.notes.as_deref());
    w.option(d.receipt_date, |w, date| {
        w.signed(i64::from(date.to_number()));
    });
    w.byte(u8::from(d.is_private));
    w.option(d.is_tax_deductible, |w, yes| w.byte(u8::from(yes)));
    w.option(d.tribute.as_ref(), |w, tribute| {
        w.byte(u8::from(tribute.kind == TributeKind::Memory));
        w.text(&tribute.name);
    });
    w.list(d.soft_credits.iter(), |w, credit| {
        w.text(&credit.donor);
        w.text(&credit.role);
        w.option(credit.amount, |w, amount| w.money(amount));
    });
    let told = d.tribute.as_ref().and_then(|tribute| tribute.acknowledgee.as_ref());
    // Most gifts have none of these: what follows is written where one is there.
    if d.custom.is_empty() && d.pays.is_none() && told.is_none() {
        return;
    }
    w.list(d.custom.iter(), |w, (name, value)| {
        w.text(name);
        w.text(value);
    });
    w.option(d.pays.as_ref(), |w, pays| {
        promise_codec::put_kind(w, pays.kind);
        w.text(&pays.id);
    });
    w.option(told, |w, told| {
        let Acknowledgee { first, last, address, city, state, postal, email, phone } = told;
        [first, last, address, city, state, postal, email, phone].into_iter().for_each(|t| w.text(t));
    });
}

fn get_details(r: &mut Reader<'_>) -> Option<GiftDetails> {
    let mut details = GiftDetails {
        segment: r.maybe_text()?,
        notes: r.maybe_text()?,
        receipt_date: r.option(|r| GiftDate::from_number(r.signed()?.try_into().ok()?))?,
        is_private: r.flag()?,
        is_tax_deductible: r.option(Reader::flag)?,
        tribute: r.option(|r| {
            let kind = if r.flag()? { TributeKind::Memory } else { TributeKind::Honor };
            Some(Tribute { kind, name: r.text()?, acknowledgee: None })
        })?,
        soft_credits: r.list(|r| {
            Some(SoftCredit { donor: r.text()?, role: r.text()?, amount: r.option(Reader::money)? })
        })?,
        custom: Vec::new(),
        pays: None,
    };
    if !r.0.is_empty() {
        details.custom = r.list(|r| Some((r.text()?, r.text()?)))?;
        details.pays = r.option(|r| Some(Pays { kind: promise_codec::get_kind(r)?, id: r.text()? }))?;
        let told = r.option(get_acknowledgee)?;
        if let Some(tribute) = &mut details.tribute {
            tribute.acknowledgee = told;
        }
    }
    Some(details)
}

fn get_acknowledgee(r: &mut Reader<'_>) -> Option<Acknowledgee> {
    Some(Acknowledgee {
        first: r.text()?,
        last: r.text()?,
        address: r.text()?,
        city: r.text()?,
        state: r.text()?,
        postal: r.text()?,
        email: r.text()?,
        phone: r.text()?,
    })
}

/// Packs a donor but for its row and legacy id.
pub(crate) fn encode_donor(donor: &Donor) -> Vec<u8> {
    let mut w = Writer::default();
    w.list(donor.other_ids.iter(), |w, (name, id)| {
        w.text(name);
        w.text(id);
    });
    put_kind(&mut w, &donor.kind);
    w.maybe_text(donor.household_id.as_deref());
    put_reach(&mut w, &donor.reach);
    w.list(donor.flags.iter(), |w, flag| w.text(flag.as_str()));
    w.list(donor.notes.iter(), |w, note| w.text(note));
    // Short bodies gain nothing from compression.
    let mut out = vec![0];
    if w.0.len() > 400 {
        out = vec![1];
        w.0 = pack(&w.0);
    }
    out.extend_from_slice(&w.0);
    out
}

pub(crate) fn decode_donor(row: RowId, legacy_id: String, blob: &[u8]) -> Option<Donor> {
    let (form, bytes) = blob.split_first()?;
    let unpacked;
    let plain = match form {
        0 => bytes,
        1 => {
            unpacked = unpack(bytes)?;
            &unpacked
        }
        _ => return None,
    };
    let mut r = Reader(plain);
    let donor = Donor {
        row,
        legacy_id,
        other_ids: r.list(|r| Some((r.text()?, r.text()?)))?,
        kind: get_kind(&mut r)?,
        household_id: r.maybe_text()?,
        reach: get_reach(&mut r)?,
        flags: r.list(|r| Flag::parse(&r.text()?))?.into_iter().collect(),
        notes: r.list(Reader::text)?,
    };
    r.end(donor)
}

fn put_kind(w: &mut Writer, kind: &DonorKind) {
    match kind {
        DonorKind::Household { first, second } => {
            w.byte(0);
            put_person(w, first);
            w.option(second.as_ref(), put_person);
        }
        DonorKind::Organization { name, person } => {
            w.byte(1);
            w.text(name);
            w.option(person.as_ref(), put_person);
        }
        DonorKind::Foundation { name, person } => {
            w.byte(2);
            w.text(name);
            w.option(person.as_ref(), put_person);
        }
        DonorKind::Anonymous => w.byte(3),
    }
}

fn get_kind(r: &mut Reader<'_>) -> Option<DonorKind> {
    Some(match r.byte()? {
        0 => DonorKind::Household { first: get_person(r)?, second: r.option(get_person)? },
        1 => DonorKind::Organization { name: r.text()?, person: r.option(get_person)? },
        2 => DonorKind::Foundation { name: r.text()?, person: r.option(get_person)? },
        3 => DonorKind::Anonymous,
        _ => return None,
    })
}

fn put_person(w: &mut Writer, p: &Person) {
    w.maybe_text(p.title.as_deref());
    w.text(&p.first);
    w.maybe_text(p.middle.as_deref());
    w.text(&p.last);
    for text in [&p.suffix, &p.nickname, &p.maiden, &p.gender] {
        w.maybe_text(text.as_deref());
    }
    w.option(p.birth.0, |w, year| w.signed(i64::from(year)));
    w.option(p.birth.1, |w, month| w.signed(i64::from(month)));
    w.option(p.birth.2, |w, day| w.signed(i64::from(day)));
    w.byte(u8::from(p.deceased));
}

fn get_person(r: &mut Reader<'_>) -> Option<Person> {
    Some(Person {
        title: r.maybe_text()?,
        first: r.text()?,
        middle: r.maybe_text()?,
        last: r.text()?,
        suffix: r.maybe_text()?,
        nickname: r.maybe_text()?,
        maiden: r.maybe_text()?,
        gender: r.maybe_text()?,
        birth: (
            r.option(|r| r.signed()?.try_into().ok())?,
            r.option(|r| r.signed()?.try_into().ok())?,
            r.option(|r| r.signed()?.try_into().ok())?,
        ),
        deceased: r.flag()?,
    })
}

const PHONES: [PhoneKind; 4] = [PhoneKind::Home, PhoneKind::Mobile, PhoneKind::Work, PhoneKind::Other];
/// The texts that [`Email::kind`] can be; a donor with another one is refused when it is saved.
const EMAILS: [&str; 3] = ["Home Email", "Work Email", "Other Email"];

/// Whether an e-mail's kind is one of the three that the model names.
pub(crate) fn email_kind_is_known(email: &Email) -> bool {
    EMAILS.contains(&email.kind)
}

fn put_reach(w: &mut Writer, reach: &Contactable) {
    w.list(reach.addresses.iter(), |w, a| {
        for text in [&a.line1, &a.line2, &a.city, &a.state, &a.postal, &a.country] {
            w.text(text);
        }
    });
    w.list(reach.phones.iter(), |w, phone| {
        w.text(phone.kind.as_str());
        w.text(&phone.number);
    });
    w.list(reach.emails.iter(), |w, email| {
        w.text(email.kind);
        w.text(&email.address);
    });
}

fn get_reach(r: &mut Reader<'_>) -> Option<Contactable> {
    Some(Contactable {
        addresses: r.list(|r| {
            Some(Address {
                line1: r.text()?,
                line2: r.text()?,
                city: r.text()?,
                state: r.text()?,
                postal: r.text()?,
                country: r.text()?,
            })
        })?,
        phones: r.list(|r| {
            let kind = r.text()?;
            Some(Phone { kind: PHONES.into_iter().find(|k| k.as_str() == kind)?, number: r.text()? })
        })?,
        emails: r.list(|r| {
            let kind = r.text()?;
            Some(Email { kind: EMAILS.into_iter().find(|k| *k == kind)?, address: r.text()? })
        })?,
    })
}
