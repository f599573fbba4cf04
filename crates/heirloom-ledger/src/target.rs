//! What was read from the target, which of its contacts are ours, and what is known of the organization.

use std::collections::BTreeMap;

use heirloom_model::{ItemId, ItemState, Lists, Moment, OrgFacts, Repeats, RowId, TargetContact};
use rusqlite::{OptionalExtension, params};

use crate::codec::{Reader, Writer};
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::items::{self, Scope};
use crate::load::all;
use crate::{ContactMatch, Ledger, OrgFact, OrgFactRow};

impl Ledger {
    /// Keeps a fact read from the target, with its time, in place of an older one of that name.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn save_target_fact(&self, name: &str, value: &str, at: Moment) -> Result<()> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.commit("keep a fact of the target", move |desk| {
            desk.conn.execute(
                "INSERT INTO target_fact (name, value, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at",
                params![name, value, at.0],
            )?;
            Ok(())
        })
    }

    /// Facts read from the target, by name.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn target_facts(&self) -> Result<Vec<(String, String, Moment)>> {
        self.look("list the facts of the target", |desk| {
            let sql = "SELECT name, value, at FROM target_fact ORDER BY name";
            all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?, Moment(r.get(2)?))))
        })
    }

    /// Keeps contacts read from the target, with their time, in place of older ones with that id.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn save_target_contacts(&self, contacts: &[TargetContact], at: Moment) -> Result<()> {
        let contacts: Vec<(i64, Vec<u8>)> = contacts.iter().map(|c| (c.id, encode(c))).collect();
        self.commit("keep contacts of the target", move |desk| {
            let mut statement = desk.conn.prepare_cached(
                "INSERT INTO target_contact (target_id, body, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (target_id) DO UPDATE SET body = excluded.body, at = excluded.at",
            )?;
            for (id, body) in &contacts {
                statement.execute(params![id, body, at.0])?;
            }
            Ok(())
        })
    }

    /// Forgets contacts that a whole reading of the target, begun at `at`, no longer found there.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn forget_target_contacts(&self, at: Moment) -> Result<()> {
        self.commit("forget contacts that are gone", move |desk| {
            desk.conn.execute("DELETE FROM target_contact WHERE at < ?1", [at.0])?;
            Ok(())
        })
    }

    /// Contacts read from the target, by id: at most `limit`, after an id.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn target_contacts(&self, after: Option<i64>, limit: u32) -> Result<Vec<TargetContact>> {
        self.look("list the contacts of the target", move |desk| {
            let sql = "SELECT target_id, body FROM target_contact WHERE target_id > ?1
                ORDER BY target_id LIMIT ?2";
            let after = after.unwrap_or(i64::MIN);
            let raws: Vec<(i64, Vec<u8>)> =
                all(desk, sql, params![after, limit], |r| Ok((r.get(0)?, r.get(1)?)))?;
            let contacts = raws.into_iter().map(|(id, body)| {
                let damaged = || LedgerError::damaged(format!("contact {id} of the target"));
                decode(id, &body).ok_or_else(damaged)
            });
            contacts.collect()
        })
    }

    /// Keeps which contact clusters are which contacts of the target; one-to-one. The same match
    /// again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] if one of either side has another match.
    pub fn save_matches(&self, matches: &[ContactMatch]) -> Result<()> {
        let matches = matches.to_vec();
        self.commit("keep matches with the target", move |desk| {
            for m in &matches {
                insert_match(desk, m)?;
            }
            Ok(())
        })
    }

    /// All matches, by contact cluster.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn matches(&self) -> Result<Vec<ContactMatch>> {
        self.look("list the matches with the target", |desk| {
            let sql = "SELECT contact, target, how FROM contact_match ORDER BY contact";
            all(desk, sql, [], |r| {
                Ok(ContactMatch { contact: RowId(r.get(0)?), target: r.get(1)?, how: r.get(2)? })
            })
        })
    }

    /// Contact clusters whose contact at the target is known, by match, evidence or a look-up that
    /// found it, with the target's id; by cluster.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn known_contacts(&self) -> Result<Vec<(RowId, i64)>> {
        self.look("list the known contacts", |desk| {
            let known = known_contacts(desk)?;
            Ok(known.into_iter().map(|(row, id)| (RowId(row), id)).collect())
        })
    }

    /// Records a fact about the organization, with what shows it. Values: `recognised`,
    /// `not recognised`, `unknown`; for both kinds of lists `atomic`, `per item`, `unknown`.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] for any other value.
    pub fn save_org_fact(
        &self,
        name: OrgFact,
        value: &str,
        evidence: &str,
        initials: &str,
        at: Moment,
    ) -> Result<()> {
        let known = match name {
            OrgFact::Lists | OrgFact::ContactLists => parse_lists(value).is_some(),
            _ => parse_repeats(value).is_some(),
        };
        if !known {
            return Err(LedgerError::refused(format!("take \"{value}\" for the fact \"{}\"", name.as_str())));
        }
        let texts = [value, evidence, initials].map(str::to_owned);
        self.commit("record a fact about the organization", move |desk| {
            let [value, evidence, initials] = &texts;
            desk.conn.execute(
                "INSERT INTO org_fact (name, value, evidence, initials, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![name.as_str(), value, evidence, initials, at.0],
            )?;
            Ok(())
        })
    }

    /// What is known of the organization: the newest statement of each fact, else unknown.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn org_facts(&self) -> Result<OrgFacts> {
        let mut facts = OrgFacts::default();
        for row in self.org_fact_rows()? {
            let repeats = parse_repeats(&row.value).unwrap_or_default();
            let lists = parse_lists(&row.value).unwrap_or_default();
            match row.name {
                OrgFact::RepeatsHeld => facts.repeats_held = repeats,
                OrgFact::RepeatsImported => facts.repeats_imported = repeats,
                OrgFact::RepeatsDiscarded => facts.repeats_discarded = repeats,
                OrgFact::Lists => facts.lists = lists,
                OrgFact::ContactLists => facts.contact_lists = lists,
            }
        }
        Ok(facts)
    }

    /// Every recorded statement, oldest first.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn org_fact_rows(&self) -> Result<Vec<OrgFactRow>> {
        self.look("list the facts about the organization", |desk| {
            let sql = "SELECT name, value, evidence, initials, at FROM org_fact ORDER BY number";
            let raws: Vec<(String, OrgFactRow)> = all(desk, sql, [], |r| {
                let row = OrgFactRow {
                    name: OrgFact::Lists,
                    value: r.get(1)?,
                    evidence: r.get(2)?,
                    initials: r.get(3)?,
                    at: Moment(r.get(4)?),
                };
                Ok((r.get(0)?, row))
            })?;
            let rows = raws.into_iter().map(|(name, row)| {
                let name = OrgFact::parse(&name);
                let name = name.ok_or_else(|| LedgerError::damaged("a fact's name"))?;
                Ok(OrgFactRow { name, ..row })
            });
            rows.collect()
        })
    }
}

fn parse_repeats(text: &str) -> Option<Repeats> {
    match text {
        "unknown" => Some(Repeats::Unknown),
        "recognised" => Some(Repeats::Recognised),
        "not recognised" => Some(Repeats::NotRecognised),
        _ => None,
    }
}

fn parse_lists(text: &str) -> Option<Lists> {
    match text {
        "unknown" => Some(Lists::Unknown),
        "atomic" => Some(Lists::Atomic),
        "per item" => Some(Lists::PerItem),
        _ => None,
    }
}

fn insert_match(desk: &Desk<'_>, m: &ContactMatch) -> Result<()> {
    let added = desk
        .conn
        .prepare_cached(
            "INSERT INTO contact_match (contact, target, how) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![m.contact.0, m.target, m.how])?;
    if added == 1 {
        return Ok(());
    }
    let same: Option<i64> = desk
        .conn
        .prepare_cached(
            "SELECT target FROM contact_match WHERE contact = ?1 AND target = ?2 ORDER BY contact",
        )?
        .query_row([m.contact.0, m.target], |r| r.get(0))
        .optional()?;
    same.map(|_| ()).ok_or_else(|| {
        LedgerError::refused(format!(
            "match contact {} of the target: it, or its donor, has another match",
            m.target
        ))
    })
}

/// Contact clusters with their contact at the target.
pub(crate) fn known_contacts(desk: &mut Desk<'_>) -> Result<BTreeMap<i64, i64>> {
    // What was seen of our own sending outranks an earlier match: it comes last.
    let sql = "SELECT i.row_id, e.target, 1 FROM evidence e JOIN item i ON i.item_id = e.item_id
            JOIN body b ON b.body_id = i.body_id JOIN plan p ON p.plan_id = b.plan_id
            WHERE p.kind = 'contact' AND e.target > 0
        UNION ALL SELECT contact, target, 0 FROM contact_match ORDER BY 3, 1, 2";
    let known: Vec<(i64, i64)> = all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let mut known: BTreeMap<i64, i64> = known.into_iter().collect();
    let sql = "SELECT i.item_id, max(l.found) FROM look l JOIN item i ON i.item_id = l.item_id
        JOIN body b ON b.body_id = i.body_id JOIN plan p ON p.plan_id = b.plan_id
        WHERE p.kind = 'contact' AND l.found > 0 GROUP BY i.item_id ORDER BY i.item_id";
    let looks: Vec<(i64, i64)> = all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    for (item, target) in looks {
        items::walk(desk, Scope::Item(ItemId(item)), |_, raw, standing| {
            if standing.state == ItemState::Confirmed {
                known.entry(raw.row).or_insert(target);
            }
            Ok(())
        })?;
    }
    Ok(known)
}

fn encode(contact: &TargetContact) -> Vec<u8> {
    let mut w = Writer::default();
    w.text(&contact.contact_type);
    w.text(&contact.name);
    for pairs in [&contact.references, &contact.people] {
        w.list(pairs.iter(), |w, (a, b)| {
            w.text(a);
            w.text(b);
        });
    }
    for texts in [&contact.emails, &contact.phones, &contact.tags] {
        w.list(texts.iter(), |w, text| w.text(text));
    }
    w.option(contact.address.as_ref(), |w, (street, city, state, postal)| {
        [street, city, state, postal].iter().for_each(|text| w.text(text));
    });
    w.option(contact.merged_into, |w, id| w.signed(id));
    w.list(contact.individuals.iter(), |w, id| w.signed(*id));
    w.list(contact.addresses.iter(), |w, (street, city, state, postal)| {
        [street, city, state, postal].iter().for_each(|text| w.text(text));
    });
    w.0
}

fn decode(id: i64, bytes: &[u8]) -> Option<TargetContact> {
    let mut r = Reader(bytes);
    let pair = |r: &mut Reader<'_>| Some((r.text()?, r.text()?));
    let (contact_type, name) = pair(&mut r)?;
    let (references, people) = (r.list(pair)?, r.list(pair)?);
    let (emails, phones) = (r.list(Reader::text)?, r.list(Reader::text)?);
    let tags = r.list(Reader::text)?;
    let address = r.option(|r| Some((r.text()?, r.text()?, r.text()?, r.text()?)))?;
    let merged_into = r.option(Reader::signed)?;
    // Ledgers of before kept neither individuals' ids nor further addresses.
    let (individuals, addresses) = match r.0.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => (r.list(Reader::signed)?, r.list(|r| Some((r.text()?, r.text()?, r.text()?, r.text()?)))?),
    };
    r.end(TargetContact {
        id,
        contact_type,
        name,
        references,
        people,
        emails,
        phones,
        address,
        addresses,
        individuals,
        tags,
        merged_into,
    })
}
