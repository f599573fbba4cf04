//! What an existing contact has promised: an open pledge (`POST /api/v2/Pledge`) and a live schedule of
//! gifts (`POST /api/RecurringGift`). One call each, made at once; and the same as they are read back.

use heirloom_model::{Currency, GiftDate, Installment, Money, PromiseKind, Sealed};
use serde::Serialize;
use serde_json::Value;
use validator::Validate;

use super::detail::DetailKind;
use super::{WireProblem, filled, is_safe_key, problems};
use crate::value::{date, id, money, text};

/// What a pledge or a schedule is sent with.
#[derive(Clone, Debug)]
pub struct PromiseInput<'a> {
    /// A pledge or a schedule.
    pub kind: PromiseKind,
    /// Its legacy id, escaped; a schedule carries it as `transactionId`.
    pub id: &'a str,
    /// The source, which a schedule carries as `transactionSource`.
    pub source: &'a str,
    /// The contact that promised, by the target's id.
    pub contact: i64,
    /// The project, by the target's id and by its code.
    pub project: (i64, &'a str),
    /// What is still open of a pledge; what a schedule gives each time.
    pub amount: Money,
    /// The currency that goes without saying.
    pub home: Currency,
    /// The day on which it was made, or begins.
    pub starts: GiftDate,
    /// When a schedule gives next.
    pub next: Option<GiftDate>,
    /// The last day.
    pub ends: Option<GiftDate>,
    /// How often, in the vendor's words.
    pub frequency: &'a str,
    /// Payments of a pledge that are still to come; none if nobody agreed any.
    pub installments: Vec<Installment>,
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct PledgeBody<'a> {
    #[validate(range(min = 1))]
    contact_id: i64,
    amount_pledged: String,
    #[validate(length(min = 1, max = 50))]
    frequency: &'a str,
    pledge_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_fulfillment_date: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    payments: Vec<PaymentBody>,
    #[validate(range(min = 1))]
    project_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentBody {
    expected_payment_date: String,
    expected_amount: String,
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct ScheduleBody<'a> {
    transaction_source: &'a str,
    transaction_id: &'a str,
    #[validate(range(min = 1))]
    contact_id: i64,
    start_date: String,
    #[validate(length(min = 1, max = 50))]
    frequency: &'a str,
    amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_expected_payment_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anticipated_end_date: Option<String>,
    designations: [ShareBody<'a>; 1],
}

/// Clients name the project by id, the manual by code: both are said.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShareBody<'a> {
    project_id: i64,
    project_code: &'a str,
    amount_designated: String,
}

/// The key of a promise: it hangs on the legacy id alone, so that a corrected row is not sent again.
pub fn promise_key(kind: PromiseKind, id: &str) -> String {
    format!("{}.{id}", DetailKind::of_promise(kind).as_str())
}

/// Seals a pledge or a schedule. It is no money of its own: the item has no amount.
///
/// # Errors
/// Every field that the last gate refuses, without its value.
pub fn seal_promise(input: &PromiseInput<'_>) -> Result<Sealed, Vec<WireProblem>> {
    let wrong = |field, code| Err(vec![WireProblem { field, code }]);
    if !is_safe_key(input.id) {
        return wrong("transactionId", "key");
    }
    if input.amount.minor() <= 0 {
        return wrong("amount", "amount");
    }
    let day = |day: GiftDate| day.to_string();
    let (project_id, project_code) = input.project;
    let body = match input.kind {
        PromiseKind::Pledge => {
            let payment = |one: &Installment| PaymentBody {
                expected_payment_date: day(one.date),
                expected_amount: one.amount.to_plain(),
            };
            let other = input.amount.currency() != input.home;
            written(&PledgeBody {
                contact_id: input.contact,
                amount_pledged: input.amount.to_plain(),
                frequency: input.frequency,
                pledge_date: day(input.starts),
                expected_fulfillment_date: input.ends.map(day),
                payments: input.installments.iter().map(payment).collect(),
                project_id,
                currency_code: other.then(|| input.amount.currency().to_string()),
            })?
        }
        PromiseKind::Recurring => written(&ScheduleBody {
            transaction_source: input.source,
            transaction_id: input.id,
            contact_id: input.contact,
            start_date: day(input.starts),
            frequency: input.frequency,
            amount: input.amount.to_plain(),
            next_expected_payment_date: input.next.map(day),
            anticipated_end_date: input.ends.map(day),
            designations: [ShareBody {
                project_id,
                project_code,
                amount_designated: input.amount.to_plain(),
            }],
        })?,
    };
    Ok(Sealed::detail(promise_key(input.kind, input.id), body))
}

fn written(body: &(impl Serialize + Validate)) -> Result<String, Vec<WireProblem>> {
    body.validate().map_err(|errors| problems(&errors))?;
    Ok(serde_json::to_string(body).expect("a promise's body is plain text, numbers and keys"))
}

/// A pledge or a schedule as both sides can say it: sealed here, or read there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseSeen {
    /// The target's id; 0 for one that was sealed.
    pub id: i64,
    /// The contact's id at the target.
    pub contact: i64,
    /// The whole pledge, or what a schedule gives each time.
    pub amount: Option<Money>,
    /// The day on which it was made, or begins.
    pub starts: Option<GiftDate>,
    /// How often.
    pub frequency: String,
    /// Source and id by which it is known; a pledge made by the API has none.
    pub reference: Option<(String, String)>,
}

impl PromiseSeen {
    /// Reads a pledge or schedule, sealed or of the target.
    pub(crate) fn of(kind: PromiseKind, value: &Value, currency: Currency) -> Option<PromiseSeen> {
        let (amount, starts) = match kind {
            PromiseKind::Pledge => ("amountPledged", "pledgeDate"),
            PromiseKind::Recurring => ("amount", "startDate"),
        };
        let said = Currency::new(&text(value, "currencyCode")).unwrap_or(currency);
        let reference = (text(value, "transactionSource"), text(value, "transactionId"));
        Some(PromiseSeen {
            id: id(value, "id").unwrap_or(0),
            contact: id(value, "contactId")?,
            amount: money(value, amount, said),
            starts: date(&text(value, starts)),
            frequency: text(value, "frequency"),
            reference: (filled(&reference.0).is_some() && filled(&reference.1).is_some())
                .then_some(reference),
        })
    }

    /// Opens a sealed body; `None` if it is no promise of that key.
    pub fn open(key: &str, body: &str, currency: Currency) -> Option<PromiseSeen> {
        let kind = DetailKind::of_key(key)?.promise()?;
        PromiseSeen::of(kind, &serde_json::from_str(body).ok()?, currency)
    }

    /// Whether two are one: by reference where both have one, else by contact, amount and day. Ids of
    /// contacts must be followed through merges before.
    pub fn is(&self, other: &PromiseSeen) -> bool {
        match (&self.reference, &other.reference) {
            (Some(own), Some(theirs)) => {
                own.0.eq_ignore_ascii_case(&theirs.0) && own.1.eq_ignore_ascii_case(&theirs.1)
            }
            _ => {
                self.contact == other.contact
                    && self.amount.is_some()
                    && self.amount == other.amount
                    && self.starts.is_some()
                    && self.starts == other.starts
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(kind: PromiseKind) -> PromiseInput<'static> {
        PromiseInput {
            kind,
            id: "P-1",
            source: "old",
            contact: 42,
            project: (7, "GEN"),
            amount: Money::new(30_000, Currency::USD),
            home: Currency::USD,
            starts: GiftDate::new(2019, 1, 31).unwrap(),
            next: GiftDate::new(2026, 3, 31),
            ends: GiftDate::new(2027, 12, 31),
            frequency: "Quarterly",
            installments: vec![],
        }
    }

    #[test]
    fn a_pledge_and_a_schedule_have_the_vendors_own_shapes() {
        let pledge = PromiseInput {
            installments: vec![Installment {
                date: GiftDate::new(2026, 6, 30).unwrap(),
                amount: Money::new(30_000, Currency::USD),
            }],
            ..input(PromiseKind::Pledge)
        };
        let sealed = seal_promise(&pledge).unwrap();
        assert_eq!(
            sealed.body,
            r#"{"contactId":42,"amountPledged":"300.00","frequency":"Quarterly","pledgeDate":"2019-01-31","expectedFulfillmentDate":"2027-12-31","payments":[{"expectedPaymentDate":"2026-06-30","expectedAmount":"300.00"}],"projectId":7}"#
        );
        assert_eq!((sealed.key.as_str(), sealed.amount), ("pledge.P-1", None), "a promise is no money");
        let sealed = seal_promise(&input(PromiseKind::Recurring)).unwrap();
        assert_eq!(
            sealed.body,
            r#"{"transactionSource":"old","transactionId":"P-1","contactId":42,"startDate":"2019-01-31","frequency":"Quarterly","amount":"300.00","nextExpectedPaymentDate":"2026-03-31","anticipatedEndDate":"2027-12-31","designations":[{"projectId":7,"projectCode":"GEN","amountDesignated":"300.00"}]}"#
        );
        assert_eq!(sealed.key, "schedule.P-1");
    }

    #[test]
    fn what_nobody_could_take_is_not_sealed() {
        let nothing = PromiseInput { amount: Money::new(0, Currency::USD), ..input(PromiseKind::Pledge) };
        assert!(seal_promise(&nothing).is_err());
        assert!(seal_promise(&PromiseInput { id: "", ..input(PromiseKind::Pledge) }).is_err());
        assert!(seal_promise(&PromiseInput { project: (0, "GEN"), ..input(PromiseKind::Pledge) }).is_err());
        assert!(seal_promise(&PromiseInput { frequency: "", ..input(PromiseKind::Recurring) }).is_err());
    }

    #[test]
    fn one_is_known_again_by_its_reference_or_by_contact_amount_and_day() {
        let seen = |kind, text: &str| {
            let value: Value = serde_json::from_str(text).unwrap();
            PromiseSeen::of(kind, &value, Currency::USD).unwrap()
        };
        let sealed = |kind| {
            let sealed = seal_promise(&input(kind)).unwrap();
            PromiseSeen::open(&sealed.key, &sealed.body, Currency::USD).unwrap()
        };
        let pledge = sealed(PromiseKind::Pledge);
        let there = r#"{"id":9001,"contactId":42,"amountPledged":300.0,"pledgeDate":"2019-01-31T00:00:00","frequency":"Quarterly"}"#;
        assert!(pledge.is(&seen(PromiseKind::Pledge, there)));
        for (from, to) in [("42", "43"), ("300.0", "300.01"), ("01-31", "01-30")] {
            assert!(!pledge.is(&seen(PromiseKind::Pledge, &there.replacen(from, to, 1))), "{from} → {to}");
        }
        let schedule = sealed(PromiseKind::Recurring);
        let ours =
            r#"{"id":8001,"contactId":43,"amount":"$5.00","transactionSource":"OLD","transactionId":"p-1"}"#;
        assert!(schedule.is(&seen(PromiseKind::Recurring, ours)));
        assert!(!schedule.is(&seen(PromiseKind::Recurring, &ours.replace("p-1", "p-2"))));
        let nameless = r#"{"id":8001,"contactId":42,"amount":300,"startDate":"1/31/2019"}"#;
        assert!(schedule.is(&seen(PromiseKind::Recurring, nameless)));
    }
}
