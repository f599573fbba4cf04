//! `[refund]`: what becomes of money that went back.

use super::tree::{At, Problems};
use super::value::{Base, Builder};
use super::walk::Table;
use crate::spec::{GiftRows, GiftSpec, Identity, RefundAction, RefundSpec, Role, TypeAction, Value};

const MAIN: Base = Base { block: None, alone: false };
const RULE: &str = "refunded in full: the money went back";

/// The table as it is written, with its place.
pub(super) fn refund(root: &mut Table, builder: &mut Builder<'_>) -> Option<(At, RefundSpec)> {
    let mut table = root.table("refund", builder.problems)?;
    let at = table.at;
    let of = builder.take(&mut table, "of", Role::Text, MAIN);
    let amount = builder.take(&mut table, "amount", Role::Amount, MAIN);
    builder.refuse_required(at, [&of, &amount]);
    if of.is_none() && amount.is_none() {
        let help = "of: the column with the id of the gift that a refund takes back; amount: what went back, beside the gift's own amount";
        builder.problems.add(at, "[refund] needs of or amount", help);
    }
    let by_row = of.is_some();
    let mut action = |key, words: &[&str]| action(&mut table, key, words, builder.problems);
    let spec = RefundSpec {
        whole: action("whole", if by_row { &["held", "reverse", "drop"] } else { &["held", "drop"] }),
        part: action("part", if by_row { &["held", "reverse", "net"] } else { &["held", "net"] }),
        alone: action("alone", if by_row { &["held", "reverse"] } else { &["held"] }),
        rule: table.text("rule", builder.problems).unwrap_or_else(|| RULE.to_owned()),
        of,
        amount,
    };
    table.finish(builder.problems);
    Some((at, spec))
}

fn action(table: &mut Table, key: &'static str, words: &[&str], problems: &mut Problems) -> RefundAction {
    let at = table.has(key).unwrap_or(table.at);
    let Some(word) = table.text(key, problems) else {
        return RefundAction::Held;
    };
    match word.as_str() {
        _ if !words.contains(&word.as_str()) => {
            problems.add(at, format!("{key} is one of {}", words.join(", ")), "");
            RefundAction::Held
        }
        "reverse" => RefundAction::Reverse,
        "net" => RefundAction::Net,
        "drop" => RefundAction::Drop,
        _ => RefundAction::Held,
    }
}

/// Whether the rest of the mapping lets refunds find their gifts; rows then hang together by id.
pub(super) fn fitting(
    (at, refund): (At, RefundSpec),
    spec: &mut GiftSpec,
    problems: &mut Problems,
) -> Option<RefundSpec> {
    let main = |value: Option<&Value>| !value.is_some_and(Value::uses_companion);
    if refund.amount.is_some() && !(main(refund.amount.as_ref()) && main(Some(&spec.amount))) {
        problems.add(at, "what went back must stand beside the amount, in the main file", "");
    }
    if refund.of.is_none() {
        return Some(refund);
    }
    let has_reversals = spec.types.exact.values().any(|action| *action == TypeAction::Reversal);
    if !has_reversals {
        let help = "fields.type, and a line of [types] that says \"reversal\"";
        problems.add(at, "[refund] of needs to know which rows are refunds", help);
    }
    if spec.rows != GiftRows::Gift {
        problems.add(at, "[refund] of belongs to [grain] row = \"gift\"", "");
    }
    if !matches!(spec.identity, Identity::Id(_)) {
        problems.add(at, "[refund] of needs gifts with an id of their own", "id = { column = \"Gift ID\" }");
    }
    if !(main(refund.of.as_ref()) && main(spec.kind.as_ref())) {
        problems.add(at, "[refund] of and fields.type must stand in the main file", "");
    }
    spec.rows = GiftRows::Refund;
    Some(refund)
}
