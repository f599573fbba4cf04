//! How the ledger writes a pledge or schedule.

use heirloom_model::{GiftDate, Installment, Promise, PromiseKind};

use crate::codec::{Reader, Writer};

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
