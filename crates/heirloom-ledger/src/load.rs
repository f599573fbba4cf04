//! Gifts, donors, stopped rows and findings, out of their tables.

use std::sync::Arc;

use heirloom_model::{
    Code, Currency, Designation, Designations, Donor, Finding, Gift, GiftDate, Known, Money, Place, RowId,
    RowRef, TenderKind,
};
use rusqlite::{Params, Row, params};

use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::place_codec::{decode_donor, decode_gift};
use crate::promise_codec::decode_promise;

/// Gifts, to be followed by a condition on `g` and an order.
pub(crate) const GIFTS: &str = "SELECT g.row_id, g.revision, g.donor, g.date, g.minor, g.currency,
    g.tender, g.project, g.rows, g.rest FROM gift g";
/// Donors, to be followed by a condition on `d` and an order.
pub(crate) const DONORS: &str = "SELECT d.row_id, d.revision, w.text, d.body
    FROM donor d JOIN word w ON w.word_id = d.legacy";
/// Stopped rows, to be followed by a condition on `s` and an order.
pub(crate) const STOPPED: &str = "SELECT s.row_id, s.revision, s.rule, s.minor, s.currency, s.date,
    s.project, s.tender, s.is_donor, p.body
    FROM stopped s LEFT JOIN promise p ON p.row_id = s.row_id";
/// Findings, to be followed by a condition on `f` and an order.
pub(crate) const FINDINGS: &str = "SELECT f.row_id, f.code, f.file, f.sheet, f.row_number, f.label,
    f.seen, f.detail FROM finding f";

/// What a row says, with its revision.
pub(crate) type Revised<T> = (RowId, u32, T);

/// The damage of a row.
pub(crate) fn bad(row: i64) -> LedgerError {
    let row = RowId(row);
    LedgerError::damaged(format!("what is kept of row {} of file {}", row.sequence(), row.file().0))
}

/// Runs a query and takes all of its rows.
pub(crate) fn all<T>(
    desk: &Desk<'_>,
    sql: &str,
    params: impl Params,
    take: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = desk.conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, take)?;
    Ok(rows.collect::<rusqlite::Result<Vec<T>>>()?)
}

struct RawGift {
    row: i64,
    revision: u32,
    donor: Option<i64>,
    date: i32,
    minor: i64,
    currency: i64,
    tender: i64,
    project: Option<i64>,
    rows: u32,
    rest: Vec<u8>,
}

/// Gifts that meet a condition.
pub(crate) fn gifts(desk: &mut Desk<'_>, condition: &str, params: impl Params) -> Result<Vec<Revised<Gift>>> {
    let raws = all(desk, &format!("{GIFTS} {condition}"), params, |r| {
        Ok(RawGift {
            row: r.get(0)?,
            revision: r.get(1)?,
            donor: r.get(2)?,
            date: r.get(3)?,
            minor: r.get(4)?,
            currency: r.get(5)?,
            tender: r.get(6)?,
            project: r.get(7)?,
            rows: r.get(8)?,
            rest: r.get(9)?,
        })
    })?;
    raws.into_iter().map(|raw| gift(desk, raw)).collect()
}

fn gift(desk: &mut Desk<'_>, raw: RawGift) -> Result<Revised<Gift>> {
    let wrong = || bad(raw.row);
    let currency = currency(desk, raw.currency)?;
    let tender = tender(desk, raw.tender)?;
    let rest = decode_gift(tender, &raw.rest).ok_or_else(wrong)?;
    let whole = Money::new(raw.minor, currency);
    let designations = match raw.project {
        Some(project) => Designations::single(text(desk, project)?, whole),
        None => Designations::new(whole, designations(desk, raw.row, currency)?).map_err(|_| wrong())?,
    };
    let gift = Gift {
        row: RowId(raw.row),
        rows: raw.rows,
        identity: rest.identity,
        donor: raw.donor.map(|id| text(desk, id)).transpose()?,
        date: GiftDate::from_number(raw.date).ok_or_else(wrong)?,
        tender: rest.tender,
        designations,
        details: rest.details,
    };
    Ok((gift.row, raw.revision, gift))
}

fn designations(desk: &mut Desk<'_>, row: i64, currency: Currency) -> Result<Vec<Designation>> {
    let parts: Vec<(i64, i64)> =
        all(desk, "SELECT project, minor FROM designation WHERE row_id = ?1 ORDER BY number", [row], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let parts = parts.into_iter().map(|(project, minor)| {
        Ok(Designation { project: text(desk, project)?, amount: Money::new(minor, currency) })
    });
    parts.collect()
}

/// A donor as its table has it, to be decoded on any thread.
pub(crate) struct RawDonor {
    row: i64,
    revision: u32,
    legacy: String,
    body: Vec<u8>,
}

impl RawDonor {
    pub fn decode(self) -> Result<Revised<Donor>> {
        let donor = decode_donor(RowId(self.row), self.legacy, &self.body).ok_or_else(|| bad(self.row))?;
        Ok((donor.row, self.revision, donor))
    }
}

/// Donors that meet a condition, undecoded.
pub(crate) fn raw_donors(desk: &Desk<'_>, condition: &str, params: impl Params) -> Result<Vec<RawDonor>> {
    all(desk, &format!("{DONORS} {condition}"), params, |r| {
        Ok(RawDonor { row: r.get(0)?, revision: r.get(1)?, legacy: r.get(2)?, body: r.get(3)? })
    })
}

/// Donors that meet a condition.
pub(crate) fn donors(
    desk: &mut Desk<'_>,
    condition: &str,
    params: impl Params,
) -> Result<Vec<Revised<Donor>>> {
    raw_donors(desk, condition, params)?.into_iter().map(RawDonor::decode).collect()
}

struct RawStopped {
    row: i64,
    revision: u32,
    rule: Option<i64>,
    minor: Option<i64>,
    currency: Option<i64>,
    date: Option<i32>,
    project: Option<i64>,
    tender: Option<i64>,
    is_donor: bool,
    promise: Option<Vec<u8>>,
}

/// Held and excluded rows that meet a condition.
pub(crate) fn stopped(
    desk: &mut Desk<'_>,
    condition: &str,
    params: impl Params,
) -> Result<Vec<Revised<Place>>> {
    let raws = all(desk, &format!("{STOPPED} {condition}"), params, |r| {
        Ok(RawStopped {
            row: r.get(0)?,
            revision: r.get(1)?,
            rule: r.get(2)?,
            minor: r.get(3)?,
            currency: r.get(4)?,
            date: r.get(5)?,
            project: r.get(6)?,
            tender: r.get(7)?,
            is_donor: r.get(8)?,
            promise: r.get(9)?,
        })
    })?;
    raws.into_iter().map(|raw| one_stopped(desk, raw)).collect()
}

fn one_stopped(desk: &mut Desk<'_>, raw: RawStopped) -> Result<Revised<Place>> {
    let known = Known {
        amount: money(desk, raw.minor, raw.currency)?,
        date: raw.date.map(|d| GiftDate::from_number(d).ok_or_else(|| bad(raw.row))).transpose()?,
        project: raw.project.map(|id| text(desk, id)).transpose()?,
        tender: raw.tender.map(|id| tender(desk, id)).transpose()?,
        is_donor: raw.is_donor,
    };
    let promise = raw.promise.map(|body| decode_promise(&body).map(Box::new).ok_or_else(|| bad(raw.row)));
    let place = match raw.rule {
        Some(rule) => Place::Excluded { rule: text(desk, rule)?, known, promise: promise.transpose()? },
        None => Place::Held { known },
    };
    Ok((RowId(raw.row), raw.revision, place))
}

struct RawFinding {
    row: i64,
    code: i64,
    file: i64,
    sheet: Option<i64>,
    row_number: u32,
    label: Option<i64>,
    seen: String,
    detail: String,
}

/// Findings that meet a condition.
pub(crate) fn findings(
    desk: &mut Desk<'_>,
    condition: &str,
    params: impl Params,
) -> Result<Vec<(RowId, Finding)>> {
    let raws = all(desk, &format!("{FINDINGS} {condition}"), params, |r| {
        Ok(RawFinding {
            row: r.get(0)?,
            code: r.get(1)?,
            file: r.get(2)?,
            sheet: r.get(3)?,
            row_number: r.get(4)?,
            label: r.get(5)?,
            seen: r.get(6)?,
            detail: r.get(7)?,
        })
    })?;
    let findings = raws.into_iter().map(|raw| {
        let code = Code::parse(&word(desk, raw.code)?).ok_or_else(|| bad(raw.row))?;
        let at = RowRef {
            file: word(desk, raw.file)?,
            sheet: raw.sheet.map(|id| word(desk, id)).transpose()?,
            row_number: raw.row_number,
        };
        let finding = Finding {
            code,
            at,
            column: raw.label.map(|id| text(desk, id)).transpose()?,
            seen: raw.seen,
            detail: raw.detail,
        };
        Ok((RowId(raw.row), finding))
    });
    findings.collect()
}

/// The shared text of a word.
pub(crate) fn word(desk: &mut Desk<'_>, id: i64) -> Result<Arc<str>> {
    desk.words.text(desk.conn, id)
}

/// An own copy of a word's text.
pub(crate) fn text(desk: &mut Desk<'_>, id: i64) -> Result<String> {
    Ok(word(desk, id)?.as_ref().to_owned())
}

pub(crate) fn currency(desk: &mut Desk<'_>, id: i64) -> Result<Currency> {
    let text = word(desk, id)?;
    Currency::new(&text).map_err(|_| LedgerError::damaged(format!("currency {id}")))
}

pub(crate) fn tender(desk: &mut Desk<'_>, id: i64) -> Result<TenderKind> {
    let text = word(desk, id)?;
    TenderKind::parse(&text).ok_or_else(|| LedgerError::damaged(format!("gift type {id}")))
}

/// An amount of which both halves are there or neither.
pub(crate) fn money(desk: &mut Desk<'_>, minor: Option<i64>, id: Option<i64>) -> Result<Option<Money>> {
    match (minor, id) {
        (Some(minor), Some(id)) => Ok(Some(Money::new(minor, currency(desk, id)?))),
        _ => Ok(None),
    }
}

/// Parts that meet a condition on `p`.
pub(crate) fn parts(
    desk: &mut Desk<'_>,
    condition: &str,
    params: impl Params,
) -> Result<Vec<Revised<Place>>> {
    let sql = format!("SELECT p.row_id, p.revision, p.gift_row, p.minor, p.currency FROM part p {condition}");
    let raws: Vec<(i64, u32, i64, i64, i64)> =
        all(desk, &sql, params, |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?;
    let parts = raws.into_iter().map(|(row, revision, of, minor, id)| {
        let amount = Money::new(minor, currency(desk, id)?);
        let of = RowId(of);
        Ok((RowId(row), revision, Place::Part { of, amount }))
    });
    parts.collect()
}

/// The gift that stands on a row, as its first or a further one.
pub(crate) fn gift_row(desk: &Desk<'_>, row: RowId) -> Result<RowId> {
    let of: Vec<i64> =
        all(desk, "SELECT gift_row FROM part WHERE row_id = ?1 ORDER BY row_id", params![row.0], |r| {
            r.get(0)
        })?;
    Ok(of.first().map_or(row, |of| RowId(*of)))
}
