//! Which pledges and schedules go to the target, and as what: what is open of a pledge, a schedule that
//! lives. What is over is no work for anybody; what no call can say is for a person, with its reason.

use std::collections::{BTreeMap, HashSet};

use heirloom_ledger::Promised;
use heirloom_model::{GiftDate, Installment, Money, Promise, PromiseKind, Tally, escape_id};

/// What is paid of each promise.
pub(super) type Payments = BTreeMap<(PromiseKind, String), Tally>;

/// What becomes of one promise, apart from its contact and its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes, with this.
    Goes(Going),
    /// Nothing of it is left to come: a reason.
    Over(&'static str),
    /// A person enters it: a reason.
    ByHand(&'static str),
}

/// What a promise goes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Going {
    pub(super) amount: Money,
    pub(super) starts: GiftDate,
    pub(super) next: Option<GiftDate>,
    pub(super) ends: Option<GiftDate>,
    pub(super) frequency: &'static str,
    pub(super) installments: Vec<Installment>,
    pub(super) project: String,
}

/// What a status says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Live,
    Over,
    Paused,
    Unknown,
}

/// Ids that more than one promise of a kind has.
pub(super) fn used_twice(all: &[Promised]) -> HashSet<(PromiseKind, String)> {
    let mut seen = HashSet::new();
    let key = |p: &Promised| (p.promise.kind, escape_id(&p.promise.id).to_lowercase());
    all.iter().map(key).filter(|key| !seen.insert(key.clone())).collect()
}

/// Judges a promise as of the day of the export.
pub(super) fn judge(promised: &Promised, payments: &Payments, exported_on: GiftDate) -> Fate {
    let Promised { known, promise, .. } = promised;
    match standing(&promise.status) {
        Standing::Live => {}
        Standing::Over => return Fate::Over("over, by its status"),
        Standing::Paused => return Fate::ByHand("paused, which Virtuous cannot say"),
        Standing::Unknown => return Fate::ByHand("with a status that is not known"),
    }
    if promise.id.trim().is_empty() {
        return Fate::ByHand("without an id");
    }
    let (Some(amount), Some(starts)) = (known.amount, known.date) else {
        return Fate::ByHand("without an amount or a day");
    };
    let Some(project) = known.project.clone() else {
        return Fate::ByHand("without one known fund");
    };
    let paid = payments.get(&(promise.kind, promise.id.clone())).copied().unwrap_or_default();
    let going = Going {
        amount,
        starts,
        next: None,
        ends: promise.ends,
        frequency: "",
        installments: Vec::new(),
        project,
    };
    match promise.kind {
        PromiseKind::Pledge => pledge(promise, going, paid),
        PromiseKind::Recurring => schedule(promise, going, exported_on),
    }
}

/// What is open of a pledge: what was paid of it is there as gifts.
fn pledge(promise: &Promise, whole: Going, paid: Tally) -> Fate {
    let open = i128::from(whole.amount.minor()) - paid.minor;
    let Some(open) = i64::try_from(open).ok().filter(|open| *open > 0) else {
        return Fate::Over("paid in full");
    };
    let agreed: i64 = promise.installments.iter().map(|one| one.amount.minor()).sum();
    let installments = match agreed == whole.amount.minor() {
        true => left_of(&promise.installments, paid),
        false => Vec::new(),
    };
    let frequency = match (promise.frequency.trim().is_empty(), promise.installments.len()) {
        (true, 0 | 1) => Some("OneTime"),
        (true, _) => Some("Custom"),
        (false, _) => frequency(&promise.frequency),
    };
    let Some(frequency) = frequency else {
        return Fate::ByHand("with a frequency that Virtuous has no word for");
    };
    let ends = promise.ends.or(promise.installments.iter().map(|one| one.date).max());
    let amount = Money::new(open, whole.amount.currency());
    Fate::Goes(Going { amount, ends, frequency, installments, ..whole })
}

/// The payments that are still to come: what was paid, paid the first of them.
fn left_of(agreed: &[Installment], paid: Tally) -> Vec<Installment> {
    let mut by_day = agreed.to_vec();
    by_day.sort_by_key(|one| one.date);
    let mut paid = paid.minor.max(0);
    let mut left = Vec::new();
    for one in by_day {
        let covered = paid.min(i128::from(one.amount.minor()));
        paid -= covered;
        let rest = i128::from(one.amount.minor()) - covered;
        if let Some(rest) = i64::try_from(rest).ok().filter(|rest| *rest > 0) {
            left.push(Installment { amount: Money::new(rest, one.amount.currency()), ..one });
        }
    }
    left
}

/// A schedule that lives on after the export.
fn schedule(promise: &Promise, going: Going, exported_on: GiftDate) -> Fate {
    if promise.ends.is_some_and(|end| end < exported_on) {
        return Fate::Over("ended before the export");
    }
    if going.amount.minor() <= 0 {
        return Fate::ByHand("without an amount or a day");
    }
    if promise.frequency.trim().is_empty() {
        return Fate::ByHand("without a frequency");
    }
    match frequency(&promise.frequency) {
        None => Fate::ByHand("with a frequency that Virtuous has no word for"),
        Some(frequency) => {
            let next = next_after(going.starts, frequency, exported_on)
                .filter(|next| promise.ends.is_none_or(|end| *next <= end));
            Fate::Goes(Going { frequency, next, ..going })
        }
    }
}

/// The first day of a rhythm that is not before `day`. The 31st falls on the last of shorter months,
/// and comes back.
fn next_after(starts: GiftDate, frequency: &str, day: GiftDate) -> Option<GiftDate> {
    let (weeks, months) = match frequency {
        "Weekly" => (1, 0),
        "Monthly" => (0, 1),
        "Quarterly" => (0, 3),
        "Semiannually" => (0, 6),
        "Annually" => (0, 12),
        "Biennially" => (0, 24),
        _ => return None,
    };
    let begun = starts.date();
    let years = (i64::from(day.year()) - i64::from(starts.year())).max(0);
    // A year or two before the day: the rest is a few steps.
    let skipped = if weeks > 0 { (years - 1).max(0) * 52 } else { (years - 2).max(0) * 12 / months };
    let found = (skipped..skipped + 120).find_map(|times| {
        let span = jiff::Span::new().try_weeks(times * weeks).ok()?.try_months(times * months).ok()?;
        begun.checked_add(span).ok().map(GiftDate::from).filter(|at| *at >= day)
    });
    found.or_else(|| (starts >= day).then_some(starts))
}

/// The vendor's word for how often; `None` for what it has no word for, or says two things.
fn frequency(text: &str) -> Option<&'static str> {
    Some(match folded(text).as_str() {
        "weekly" | "everyweek" | "w" => "Weekly",
        "monthly" | "everymonth" | "month" | "m" => "Monthly",
        "quarterly" | "everyquarter" | "quarter" | "every3months" | "q" => "Quarterly",
        "semiannually" | "semiannual" | "halfyearly" | "twiceayear" | "every6months" => "Semiannually",
        "annually" | "annual" | "yearly" | "everyyear" | "year" | "a" | "y" => "Annually",
        "biennially" | "biennial" | "everytwoyears" | "every2years" => "Biennially",
        _ => return None,
    })
}

fn standing(status: &str) -> Standing {
    match folded(status).as_str() {
        "" | "active" | "current" | "open" | "ongoing" | "live" | "uptodate" | "new" | "pledged"
        | "overdue" | "pastdue" | "inprogress" => Standing::Live,
        "completed" | "complete" | "closed" | "ended" | "expired" | "fulfilled" | "paid" | "paidinfull"
        | "finished" | "inactive" | "cancelled" | "canceled" | "writtenoff" | "writeoff" | "lapsed"
        | "terminated" | "stopped" => Standing::Over,
        "paused" | "onhold" | "suspended" => Standing::Paused,
        _ => Standing::Unknown,
    }
}

fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_model::{Currency, Known, RowId};

    fn day(text: &str) -> GiftDate {
        text.parse::<jiff::civil::Date>().unwrap().into()
    }

    fn promised(kind: PromiseKind, minor: i64, frequency: &str, status: &str) -> Promised {
        Promised {
            row: RowId(7),
            rule: "promise".into(),
            known: Known {
                amount: Some(Money::new(minor, Currency::USD)),
                date: Some(day("2019-01-31")),
                project: Some("GEN".into()),
                ..Known::default()
            },
            promise: Promise {
                kind,
                id: "P-1".into(),
                donor: Some("D-1".into()),
                frequency: frequency.into(),
                status: status.into(),
                ends: None,
                installments: Vec::new(),
            },
        }
    }

    fn paid(kind: PromiseKind, minor: i128) -> Payments {
        Payments::from([((kind, "P-1".to_owned()), Tally { rows: 1, minor })])
    }

    const EXPORT: &str = "2026-03-02";

    #[test]
    fn of_a_pledge_goes_what_is_open_with_the_payments_that_are_to_come() {
        let mut pledge = promised(PromiseKind::Pledge, 120_000, "Quarterly", "Active");
        let part = |at, minor| Installment { date: day(at), amount: Money::new(minor, Currency::USD) };
        pledge.promise.installments = vec![part("2026-06-30", 60_000), part("2026-03-31", 60_000)];
        let Fate::Goes(going) = judge(&pledge, &paid(PromiseKind::Pledge, 90_000), day(EXPORT)) else {
            panic!("it does not go")
        };
        assert_eq!((going.amount.minor(), going.frequency), (30_000, "Quarterly"));
        assert_eq!(going.installments, [part("2026-06-30", 30_000)]);
        assert_eq!(going.ends, Some(day("2026-06-30")));
        let sum: i64 = going.installments.iter().map(|one| one.amount.minor()).sum();
        assert_eq!(sum, going.amount.minor(), "payments to come are what is open");
        let all = judge(&pledge, &paid(PromiseKind::Pledge, 120_000), day(EXPORT));
        assert_eq!(all, Fate::Over("paid in full"));
        // Installments that do not make the pledge are nobody's plan.
        pledge.promise.installments.pop();
        let Fate::Goes(going) = judge(&pledge, &Payments::new(), day(EXPORT)) else { panic!("it stays") };
        assert_eq!((going.amount.minor(), going.installments.len()), (120_000, 0));
    }

    #[test]
    fn only_a_schedule_that_lives_goes_and_it_gives_next_after_the_export() {
        let fate = |frequency, status, ends: Option<&str>| {
            let mut one = promised(PromiseKind::Recurring, 2_500, frequency, status);
            one.promise.ends = ends.map(day);
            judge(&one, &Payments::new(), day(EXPORT))
        };
        for (frequency, next) in [
            ("Weekly", "2026-03-05"),
            ("monthly", "2026-03-31"),
            ("Quarterly", "2026-04-30"),
            ("Semi-Annual", "2026-07-31"),
            ("Yearly", "2027-01-31"),
            ("every 2 years", "2027-01-31"),
        ] {
            let Fate::Goes(going) = fate(frequency, "Active", None) else { panic!("{frequency} stays") };
            assert_eq!(going.next, Some(day(next)), "{frequency}");
            assert_eq!(going.amount.minor(), 2_500);
        }
        assert_eq!(fate("Monthly", "Cancelled", None), Fate::Over("over, by its status"));
        assert_eq!(fate("Monthly", "", Some("2026-03-01")), Fate::Over("ended before the export"));
        assert!(matches!(fate("Monthly", "", Some("2026-03-02")), Fate::Goes(_)));
        assert_eq!(fate("Monthly", "on hold", None), Fate::ByHand("paused, which Virtuous cannot say"));
        assert_eq!(fate("Monthly", "XQ", None), Fate::ByHand("with a status that is not known"));
        let no_word = Fate::ByHand("with a frequency that Virtuous has no word for");
        for unclear in ["Bimonthly", "biweekly", "now and then"] {
            assert_eq!(fate(unclear, "Active", None), no_word, "{unclear}");
        }
        assert_eq!(fate(" ", "Active", None), Fate::ByHand("without a frequency"), "nothing was said");
    }

    #[test]
    fn what_lacks_something_is_for_a_person_and_one_id_is_one_promise() {
        let mut pledge = promised(PromiseKind::Pledge, 120_000, "", "");
        assert!(matches!(judge(&pledge, &Payments::new(), day(EXPORT)), Fate::Goes(_)));
        assert!(used_twice(&[pledge.clone()]).is_empty());
        let mut other = pledge.clone();
        assert_eq!(used_twice(&[pledge.clone(), other.clone()]).len(), 1);
        other.promise.kind = PromiseKind::Recurring;
        assert!(used_twice(&[pledge.clone(), other]).is_empty());
        pledge.known.project = None;
        assert_eq!(judge(&pledge, &Payments::new(), day(EXPORT)), Fate::ByHand("without one known fund"));
        pledge.known.amount = None;
        assert_eq!(judge(&pledge, &Payments::new(), day(EXPORT)), Fate::ByHand("without an amount or a day"));
    }
}
