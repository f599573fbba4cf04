//! What a person must say before a plan is sent: its count and its total.

use heirloom_ledger::PlanFacts;
use heirloom_model::Money;
use heirloom_virtuous::{Approval, Confirmation};

use crate::failure::{Exit, Failure, Result};

/// The approval that a person would give: the plan's own count and total.
pub fn approve(plan: &PlanFacts) -> Result<Approval> {
    let (total, text) = plan_total(plan)?;
    let said = match &text {
        Some(text) => Confirmation::CountAndTotal { count: plan.items, total: text },
        None => Confirmation::Count(plan.items),
    };
    Approval::new(plan.digest, plan.items, total, &said).map_err(|e| unexpected(&e))
}

/// A plan's total as money and as a person types it; `None` for contacts.
///
/// # Errors
/// A plan in several currencies, which cannot be confirmed by one total.
pub fn plan_total(plan: &PlanFacts) -> Result<(Option<Money>, Option<String>)> {
    match plan.total.as_slice() {
        [] => Ok((None, None)),
        [(currency, minor)] => {
            let minor = i64::try_from(*minor).map_err(|e| unexpected(&e))?;
            let total = Money::new(minor, *currency);
            Ok((Some(total), Some(total.to_plain())))
        }
        _ => Err(Failure::usage(
            format!("{} holds several currencies, which no single total can confirm", plan.name),
            "make one migration for each currency",
        )),
    }
}

/// A failure that nobody foresaw.
pub(crate) fn unexpected(error: &dyn std::fmt::Display) -> Failure {
    Failure::Target { what: error.to_string(), exit: Exit::Unexpected }
}
