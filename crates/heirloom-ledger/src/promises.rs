//! Pledges and schedules among the excluded rows, and what gifts paid of them.

use std::collections::BTreeMap;

use heirloom_model::{GiftDate, Installment, Known, Pays, Place, Promise, PromiseKind, RowId, Tally};

use crate::Ledger;
use crate::codec::{Reader, Writer};
use crate::editions::not_superseded;
use crate::error::Result;
use crate::load;
use crate::piles::Decisions;

/// A row that promises money.
#[derive(Clone, Debug, PartialEq)]
pub struct Promised {
    /// The row.
    pub row: RowId,
    /// The rule that keeps it out of the gifts.
    pub rule: String,
    /// Amount, day and project.
    pub known: Known,
    /// What it promises.
    pub promise: Promise,
}

impl Ledger {
    /// Every pledge and schedule, in the order of rows: of the newest edition of each file, and
    /// nobody has set them aside.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn promises(&self) -> Result<Vec<Promised>> {
        self.look("list promises", |desk| {
            let decisions = Decisions::of(desk)?;
            let rows = load::stopped(desk, "WHERE p.row_id IS NOT NULL ORDER BY s.row_id", [])?;
            let mut found = Vec::new();
            for (row, _, place) in rows {
                if let Place::Excluded { rule, known, promise: Some(promise) } = place
                    && decisions.pile(row.0, None).is_none()
                {
                    found.push(Promised { row, rule, known, promise: *promise });
                }
            }
            Ok(found)
        })
    }

    /// What gifts say they pay, by promise: how many, and how much.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn payments(&self) -> Result<BTreeMap<(PromiseKind, String), Tally>> {
        self.look("add up payments", |desk| {
            let decisions = Decisions::of(desk)?;
            let mut paid: BTreeMap<(PromiseKind, String), Tally> = BTreeMap::new();
            let counts = not_superseded(desk)?;
            let condition =
                format!("WHERE g.row_id IN (SELECT row_id FROM payment) AND {counts} ORDER BY g.row_id");
            for (row, _, gift) in load::gifts(desk, &condition, [])? {
                if let (Some(Pays { kind, id }), None) = (&gift.details.pays, decisions.aside(row.0)) {
                    let key = (*kind, id.clone());
                    paid.entry(key).or_default().add(Some(gift.amount()));
                }
            }
            Ok(paid)
        })
    }
}

pub(crate) fn put_kind(w: &mut Writer, kind: PromiseKind) {
    w.byte(u8::from(kind == PromiseKind::Recurring));
}

pub(crate) fn get_kind(r: &mut Reader<'_>) -> Option<PromiseKind> {
    Some(if r.flag()? { PromiseKind::Recurring } else { PromiseKind::Pledge })
}

pub(crate) fn encode_promise(promise: &Promise) -> Vec<u8> {
    let mut w = Writer::default();
    put_kind(&mut w, promise.kind);
    w.text(&promise.id);
    w.maybe_text(promise.donor.as_deref());
    w.text(&promise.frequency);
    w.text(&promise.status);
    w.option(promise.ends, put_date);
    w.list(promise.installments.iter(), |w, part| {
        put_date(w, part.date);
        w.money(part.amount);
    });
    w.0
}

pub(crate) fn decode_promise(bytes: &[u8]) -> Option<Promise> {
    let mut r = Reader(bytes);
    let promise = Promise {
        kind: get_kind(&mut r)?,
        id: r.text()?,
        donor: r.maybe_text()?,
        frequency: r.text()?,
        status: r.text()?,
        ends: r.option(get_date)?,
        installments: r.list(|r| Some(Installment { date: get_date(r)?, amount: r.money()? }))?,
    };
    r.end(promise)
}

fn put_date(w: &mut Writer, date: GiftDate) {
    w.signed(i64::from(date.to_number()));
}

fn get_date(r: &mut Reader<'_>) -> Option<GiftDate> {
    GiftDate::from_number(r.signed()?.try_into().ok()?)
}
