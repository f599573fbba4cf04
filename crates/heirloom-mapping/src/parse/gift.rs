//! The parts of a mapping that gift files have.

use heirloom_model::{PromiseKind, TenderKind};

use super::gift_extras;
use super::gift_fields::{Maps, fields_of};
use super::grain::Grain;
use super::refund;
use super::tree::{Node, Problems};
use super::value::{Base, Builder};
use super::walk::{self, Table};
use super::{Line, line, value_map};
use crate::spec::{DesignationSpec, GiftRows, GiftSpec, PartSpec, Role, SoftCreditSpec, TypeAction};

const MAIN: Base = Base { block: None, alone: false };

pub(super) fn body(root: &mut Table, builder: &mut Builder<'_>, grain: Grain) -> Option<GiftSpec> {
    let types_at = root.has("types");
    let types = root.table("types", builder.problems);
    let types = types.map(|t| value_map(t, builder.problems, type_action));
    let maps = maps(root, builder);
    let designations = designations(root, builder);
    let soft_credits = soft_credits(root, builder);
    let acknowledgees = gift_extras::acknowledgees(root, builder);
    let promise = gift_extras::promise(root, builder);
    let refund = refund::refund(root, builder);
    let Some(mut fields) = root.table("fields", builder.problems) else {
        builder.problems.add(root.at, "the mapping has no [fields]", "id, donor, date, amount, …");
        return None;
    };
    let at = fields.at;
    let fund_at = fields.has("fund");
    let kind_at = fields.has("type");
    let spec = fields_of(&mut fields, builder, maps, types.clone().unwrap_or_default());
    fields.finish(builder.problems);
    let mut spec = spec?;
    match (kind_at, types_at) {
        (Some(at), None) => {
            builder.problems.add(at, "fields.type needs a table [types]", "\"Cash\" = \"gift\"")
        }
        (None, Some(at)) => {
            builder.problems.add(at, "[types] needs fields.type", "type = { column = \"Gift Type\" }")
        }
        _ => {}
    }
    match (fund_at, &designations) {
        (Some(at), Some(_)) => builder.problems.add(at, "fund and [designations] exclude each other", ""),
        (None, None) => builder.problems.add(
            at,
            "a gift needs its fund",
            "fund = { column = \"Fund\" }, or a table [designations]",
        ),
        _ => {}
    }
    if grain.gifts == GiftRows::Part && designations.is_some() {
        builder.problems.add(
            at,
            "[grain] row = \"part\" and [designations] exclude each other",
            "each row of a split gift has its own fund",
        );
    }
    spec.rows = grain.gifts;
    spec.parent = grain.parent;
    spec.designations = designations;
    spec.soft_credits = soft_credits;
    spec.refund = refund.and_then(|refund| refund::fitting(refund, &mut spec, builder.problems));
    spec.extras.acknowledgees = acknowledgees;
    spec.extras.promise = promise;
    Some(spec)
}

fn type_action(node: Node, problems: &mut Problems) -> Option<TypeAction> {
    let at = node.at;
    match line(node, problems)? {
        Line::Excluded(rule) => Some(TypeAction::Excluded(rule)),
        Line::Word(word) if word == "gift" => Some(TypeAction::Gift),
        Line::Word(word) if word == "reversal" => Some(TypeAction::Reversal),
        Line::Word(word) if word == "held" => Some(TypeAction::Held),
        Line::Word(word) if word == "pledge" => {
            Some(TypeAction::Promise(PromiseKind::Pledge, "pledge: a promise, not money".to_owned()))
        }
        Line::Word(word) if word == "recurring" => Some(TypeAction::Promise(
            PromiseKind::Recurring,
            "recurring gift: a schedule, not money".to_owned(),
        )),
        Line::Word(_) => {
            let known = "a type is \"gift\", \"reversal\", \"pledge\", \"recurring\", \"held\" or { excluded = \"rule\" }";
            problems.add(at, known, "");
            None
        }
    }
}

fn maps(root: &mut Table, builder: &mut Builder<'_>) -> Maps {
    let mut maps = Maps { funds: None, methods: None, appeals: None };
    let Some(mut values) = root.table("values", builder.problems) else {
        return maps;
    };
    let problems = &mut *builder.problems;
    maps.funds = values.table("fund", problems).map(|t| value_map(t, problems, filled));
    maps.methods = values.table("method", problems).map(|t| value_map(t, problems, tender));
    maps.appeals = values.table("appeal", problems).map(|t| value_map(t, problems, walk::text));
    values.finish(problems);
    maps
}

fn filled(node: Node, problems: &mut Problems) -> Option<String> {
    let at = node.at;
    let text = walk::text(node, problems)?;
    if text.trim().is_empty() {
        problems.add(at, "a fund needs a project code", "");
        return None;
    }
    Some(text)
}

fn tender(node: Node, problems: &mut Problems) -> Option<TenderKind> {
    let at = node.at;
    let text = walk::text(node, problems)?;
    let kind = TenderKind::parse(&text);
    if kind.is_none() {
        let known: Vec<&str> = TenderKind::ALL.iter().map(|k| k.as_str()).collect();
        problems.add(
            at,
            format!("\"{text}\" is no gift type of the target"),
            format!("one of {}", known.join(", ")),
        );
    }
    kind
}

fn designations(root: &mut Table, builder: &mut Builder<'_>) -> Option<DesignationSpec> {
    let mut table = root.table("designations", builder.problems)?;
    let at = table.at;
    let is_joined = table.has("from").is_some();
    let from = builder.block_from(&mut table);
    if is_joined != from.is_some() || !is_joined && table.has("repeat").is_none() {
        let help = "from: a join with many = true; or repeat: how often the columns with {n} stand in a row";
        builder.problems.add(at, "[designations] needs from or repeat", help);
        return None;
    }
    let whole = builder.take(&mut table, "whole", Role::Amount, MAIN);
    let rest = table.text("rest", builder.problems);
    let mut parts = Vec::new();
    for table in table.times(builder.problems) {
        parts.push(part(table, builder, Base { block: from, alone: false })?);
    }
    Some(DesignationSpec { from, parts, whole, rest })
}

fn part(mut table: Table, builder: &mut Builder<'_>, base: Base) -> Option<PartSpec> {
    let fund = builder.take(&mut table, "fund", Role::Text, base);
    let amount = builder.take(&mut table, "amount", Role::Amount, base);
    let percent = builder.take(&mut table, "percent", Role::Amount, base);
    if fund.is_none() || amount.is_none() && percent.is_none() {
        builder.problems.add(table.at, "[designations] needs fund, and amount or percent", "");
    }
    table.finish(builder.problems);
    Some(PartSpec { fund: fund?, amount, percent })
}

fn soft_credits(root: &mut Table, builder: &mut Builder<'_>) -> Vec<SoftCreditSpec> {
    let mut list = Vec::new();
    for mut table in root.repeated("soft_credit", builder.problems) {
        let at = table.at;
        let from = builder.block_from(&mut table);
        let base = Base { block: from, alone: false };
        let when = builder.conditions_if_any(&mut table, base);
        let donor = builder.take(&mut table, "donor", Role::Text, base);
        let role = builder.take(&mut table, "role", Role::Text, base);
        let amount = builder.take(&mut table, "amount", Role::Amount, base);
        if donor.is_none() {
            builder.problems.add(at, "[[soft_credit]] needs donor", "donor = { column = \"contact_id\" }");
        }
        table.finish(builder.problems);
        list.extend(donor.map(|donor| SoftCreditSpec { from, when, donor, role, amount }));
    }
    list
}
