//! G024: money that went back, as a row of its own or beside the amount of its gift.

use heirloom_model::{Code, Money};

use crate::desk::Desk;
use crate::read::{Reader, Scene, Seen};
use crate::rules::gift_type::{Verdict, by_main};
use crate::spec::{GiftSpec, RefundAction};

/// The gift that a refund's own row takes back, where the mapping says how refunds name it; `None` for a
/// row that is no refund.
pub(crate) fn of<'m: 'r, 'r>(reader: &Reader<'m>, spec: &'m GiftSpec, scene: &Scene<'r>) -> Option<Seen<'r>> {
    let of = spec.refund.as_ref()?.of.as_ref()?;
    matches!(by_main(reader, spec, scene), Verdict::Reversal).then(|| reader.read(of, scene))
}

/// What went back of a row's own gift.
#[derive(Clone, Debug)]
pub(crate) enum Back<'r> {
    Nothing,
    /// So much of it, and the gift is what is left.
    Net(Money),
    /// So much of it, for a person to look at.
    Part(Money, Seen<'r>),
    /// All of it.
    Whole(Seen<'r>),
    /// More than was given, or no amount at all.
    Unfit(Seen<'r>),
}

impl<'r> Back<'r> {
    /// What `back`, without its sign, is of an amount given.
    pub fn of(given: Money, back: Option<i64>, seen: Seen<'r>, part: RefundAction) -> Back<'r> {
        let Some(back) = back.map(i64::abs) else {
            return Back::Unfit(seen);
        };
        let money = Money::new(back, given.currency());
        match back.cmp(&given.minor()) {
            _ if back == 0 => Back::Nothing,
            std::cmp::Ordering::Less if part == RefundAction::Net => Back::Net(money),
            std::cmp::Ordering::Less => Back::Part(money, seen),
            std::cmp::Ordering::Equal => Back::Whole(seen),
            std::cmp::Ordering::Greater => Back::Unfit(seen),
        }
    }

    /// Adds the finding of a row that waits for a person because of it.
    pub fn report(&self, desk: &mut Desk<'_>) {
        match self {
            Back::Nothing | Back::Net(_) => {}
            Back::Part(money, seen) => desk.add(Code::RefundUnfit, seen, format!("{money} of it went back")),
            Back::Whole(seen) => desk.add(Code::RefundUnfit, seen, "all of it went back"),
            Back::Unfit(seen) => {
                desk.add(Code::RefundUnfit, seen, "more went back than was given, or it cannot be read");
            }
        }
    }
}
