//! Who may create something at the vendor: a `Sender`, and only an `Approval` builds one.

use std::collections::BTreeMap;

use bytes::Bytes;
use heirloom_model::{Digest, ItemId, ItemKind, Money, SourceName};

use crate::pacer::Permit;
use crate::parse;
use crate::reading::Reply;
use crate::submit::Call;
use crate::target::{Creation, Target, Transport};

/// What a person said to start an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation<'a> {
    /// The total, typed: `6,911,188.37` or `$6911188.37`.
    Total(&'a str),
    /// Both, on a command line.
    CountAndTotal {
        /// Number of items.
        count: u64,
        /// The total, as above.
        total: &'a str,
    },
    /// The number of items, for plans without money.
    Count(u64),
}

/// Why a plan is not approved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// Another total.
    #[error("start: the total of the plan is {planned}, not what was typed")]
    Total {
        /// The plan's.
        planned: Money,
    },
    /// Another count.
    #[error("start: the plan has {planned} items, not {said}")]
    Count {
        /// The plan's.
        planned: u64,
        /// The one given.
        said: u64,
    },
    /// Another organization.
    #[error("start: the organization is \"{name}\", not what was typed")]
    Organization {
        /// Its name.
        name: String,
    },
    /// A plan with money needs its total, one without its count.
    #[error("start: a plan with money is confirmed by its total, one without by its count")]
    Kind,
}

/// A person's word for one plan. Without it no [`Sender`] can be built:
///
/// ```compile_fail
/// fn send<T: heirloom_virtuous::Transport>(transport: &mut T, target: &heirloom_virtuous::Target) {
///     let _ = heirloom_virtuous::Sender { transport, target };
/// }
/// ```
/// ```compile_fail
/// let _ = heirloom_virtuous::Approval { plan: heirloom_model::Digest([0; 32]) };
/// ```
/// ```compile_fail
/// fn send<T: heirloom_virtuous::Transport>(transport: &mut T, target: &heirloom_virtuous::Target) {
///     let _ = heirloom_virtuous::Sender::new(transport, target);
/// }
/// ```
/// ```compile_fail
/// let _ = heirloom_virtuous::Permit(());
/// ```
/// With an approval it can:
/// ```
/// use heirloom_virtuous::{Approval, Confirmation, Sender, Target, Transport};
/// fn send<T: Transport>(transport: &mut T, target: &Target) {
///     let plan = heirloom_model::Digest([0; 32]);
///     let approval = Approval::new(plan, 3, None, &Confirmation::Count(3)).unwrap();
///     let _ = Sender::new(transport, target, approval);
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Approval {
    plan: Digest,
}

impl Approval {
    /// Approves the plan with this digest if what was said is what it holds.
    ///
    /// # Errors
    /// [`NotApproved`] with the plan's own figure.
    pub fn new(
        plan: Digest,
        count: u64,
        total: Option<Money>,
        said: &Confirmation,
    ) -> Result<Self, NotApproved> {
        match (*said, total) {
            (Confirmation::Total(text), Some(planned)) => same_total(planned, text)?,
            (Confirmation::CountAndTotal { count: said, total }, Some(planned)) => {
                same_count(count, said)?;
                same_total(planned, total)?;
            }
            (Confirmation::Count(said), None) => same_count(count, said)?,
            _ => return Err(NotApproved::Kind),
        }
        Ok(Approval { plan })
    }

    /// Approves a probe of this organization: a person typed its name.
    ///
    /// # Errors
    /// [`NotApproved::Organization`].
    pub fn probe(organization: &str, typed: &str) -> Result<Self, NotApproved> {
        match organization.trim() == typed.trim() && !organization.trim().is_empty() {
            true => Ok(Approval { plan: Digest::of(organization.as_bytes()) }),
            false => Err(NotApproved::Organization { name: organization.to_owned() }),
        }
    }

    /// The same word for another run over the same plan, such as after a renewed sign-in.
    pub fn for_another_run(&self) -> Approval {
        Approval { plan: self.plan }
    }

    /// The approved plan.
    pub fn plan(&self) -> Digest {
        self.plan
    }
}

fn same_count(planned: u64, said: u64) -> Result<(), NotApproved> {
    if planned == said { Ok(()) } else { Err(NotApproved::Count { planned, said }) }
}

fn same_total(planned: Money, text: &str) -> Result<(), NotApproved> {
    let digits: String = text
        .trim()
        .trim_start_matches(planned.currency().as_str())
        .chars()
        .filter(|c| !matches!(c, ',' | ' ' | '$' | '\u{a0}'))
        .collect();
    if digits == planned.to_plain() { Ok(()) } else { Err(NotApproved::Total { planned }) }
}

/// Sends what a person approved. The only maker of requests that create anything.
#[derive(Debug)]
pub struct Sender<'t, T: Transport> {
    transport: &'t mut T,
    target: &'t Target,
    approval: Approval,
    tickets: u64,
    in_air: BTreeMap<u64, InAir>,
}

/// A call that has not come back, and what its answer must be about.
#[derive(Debug)]
struct InAir {
    call: Call,
    about: Option<(ItemKind, SourceName, String)>,
}

impl<'t, T: Transport> Sender<'t, T> {
    /// A sender for the approved plan.
    pub fn new(transport: &'t mut T, target: &'t Target, approval: Approval) -> Self {
        Sender { transport, target, approval, tickets: 0, in_air: BTreeMap::new() }
    }

    /// The plan that it may send.
    pub fn plan(&self) -> Digest {
        self.approval.plan
    }

    /// Begins to send a body, once.
    pub fn send(&mut self, attempt: i64, what: Creation, body: String, permit: Permit) {
        let request = self.target.creation(what, body);
        let ticket = self.note(InAir { call: Call::Send { attempt }, about: None });
        self.transport.begin(ticket, request, permit);
    }

    /// Begins to look for one item by its key.
    pub fn look(&mut self, item: ItemId, kind: ItemKind, source: &SourceName, key: &str, permit: Permit) {
        let request = self.target.look(kind, source, key);
        let about = Some((kind, source.clone(), key.to_owned()));
        let ticket = self.note(InAir { call: Call::Look { item }, about });
        self.transport.begin(ticket, request, permit);
    }

    fn note(&mut self, in_air: InAir) -> u64 {
        self.tickets += 1;
        self.in_air.insert(self.tickets, in_air);
        self.tickets
    }

    /// Whether every call has come back.
    pub fn is_idle(&self) -> bool {
        self.in_air.is_empty()
    }

    /// Waits up to `wait_ms` for a call to come back: what `Event::Answered` needs. An answer
    /// to a look about anything but its key is no answer: it comes back without its body, and with
    /// the headers, which are still true of the window.
    pub fn poll(&mut self, wait_ms: i64) -> Option<(Call, Reply)> {
        let (ticket, reply) = self.transport.poll(wait_ms)?;
        let InAir { call, about } = self.in_air.remove(&ticket)?;
        match (reply, about) {
            (Reply::Answered { status: 200, headers, body }, Some((kind, source, key)))
                if !answers(kind, &source, &key, &body) =>
            {
                Some((call, Reply::Answered { status: 200, headers, body: Bytes::new() }))
            }
            (reply, _) => Some((call, reply)),
        }
    }
}

fn answers(kind: ItemKind, source: &SourceName, key: &str, body: &Bytes) -> bool {
    let Ok(value) = parse::json(body) else { return false };
    match kind {
        ItemKind::Gift => parse::is_gift(&value, source.as_str(), key),
        ItemKind::Contact | ItemKind::Detail => parse::is_contact(&value, source.as_str(), key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_model::Currency;

    /// Answers every call with one reply.
    struct Always(Reply, Vec<u64>);

    impl Transport for Always {
        fn begin(&mut self, ticket: u64, _: http::Request<Bytes>, _: Permit) {
            self.1.push(ticket);
        }

        fn poll(&mut self, _: i64) -> Option<(u64, Reply)> {
            Some((self.1.pop()?, self.0.clone()))
        }
    }

    #[test]
    fn an_answer_about_something_else_is_no_answer_and_its_headers_count() {
        let look = |body: &str| {
            let headers = vec![("x-ratelimit-remaining".to_owned(), "7".to_owned())];
            let body = Bytes::copy_from_slice(body.as_bytes());
            let mut transport = Always(Reply::Answered { status: 200, headers, body }, Vec::new());
            let base = url::Url::parse("http://127.0.0.1:1/").unwrap();
            let target = Target::new(base, secrecy::SecretString::from("v".to_owned())).unwrap();
            let approval = Approval::new(Digest([0; 32]), 1, None, &Confirmation::Count(1)).unwrap();
            let mut sender = Sender::new(&mut transport, &target, approval);
            let now = heirloom_model::Moment(0);
            let mut pacer = crate::Pacer::new(crate::PaceTerms::default(), &[], None, now);
            let crate::Slot::Go(permit) = pacer.next_slot(now) else { panic!("no permit") };
            sender.look(ItemId(1), ItemKind::Gift, &SourceName::new("old").unwrap(), "G-1", permit);
            sender.poll(0).unwrap().1
        };
        let ours = r#"{"id":7,"transactionSource":"old","transactionId":"G-1"}"#;
        let other = r#"{"id":7,"transactionSource":"old","transactionId":"G-2"}"#;
        for (body, expected) in [(ours, ours), (other, ""), ("<html>", "")] {
            let Reply::Answered { status: 200, headers, body } = look(body) else { panic!("lost") };
            assert_eq!((body, headers[0].1.as_str()), (Bytes::from(expected), "7"));
        }
    }

    #[test]
    fn only_the_plans_own_figures_approve_it() {
        let plan = Digest([7; 32]);
        let total = Some(Money::new(691_118_837, Currency::USD));
        let approve = |said: Confirmation| Approval::new(plan, 48_207, total, &said);
        for good in ["6,911,188.37", "$6911188.37", " 6911188.37 ", "USD 6,911,188.37"] {
            assert_eq!(approve(Confirmation::Total(good)).unwrap().plan(), plan);
        }
        for bad in ["", "6,911,188.38", "6,911,188", "yes", "-6,911,188.37"] {
            assert!(approve(Confirmation::Total(bad)).is_err(), "{bad}");
        }
        assert!(approve(Confirmation::Count(48_207)).is_err());
        let both = |count, total| Confirmation::CountAndTotal { count, total };
        assert!(approve(both(48_207, "6911188.37")).is_ok());
        assert!(approve(both(48_206, "6911188.37")).is_err());
        assert!(Approval::new(plan, 3, None, &Confirmation::Count(3)).is_ok());
        assert!(Approval::new(plan, 3, None, &Confirmation::Total("")).is_err());
    }
}
