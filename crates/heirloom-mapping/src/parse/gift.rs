//! The parts of a mapping that gift files have.

use heirloom_model::TenderKind;

use super::tree::{Node, Problems, Raw};
use super::value::{Base, Builder};
use super::walk::{self, Table};
use super::{Line, line, value_map};
use crate::spec::{
    DesignationSpec, GiftSpec, Identity, Role, SoftCreditSpec, TypeAction, Value, ValueMap,
};

const MAIN: Base = Base {
    block: None,
    alone: false,
};

struct Maps {
    funds: Option<ValueMap<String>>,
    methods: Option<ValueMap<TenderKind>>,
    appeals: Option<ValueMap<String>>,
}

pub(super) fn body(root: &mut Table, builder: &mut Builder<'_>) -> Option<GiftSpec> {
    let rows_are_parts = grain(root, builder.problems);
    let types_at = root.has("types");
    let types = root.table("types", builder.problems);
    let types = types.map(|t| value_map(t, builder.problems, type_action));
    let maps = maps(root, builder);
    let designations = designations(root, builder);
    let soft_credits = soft_credits(root, builder);
    let Some(mut fields) = root.table("fields", builder.problems) else {
        builder.problems.add(
            root.at,
            "the mapping has no [fields]",
            "id, donor, date, amount, …",
        );
        return None;
    };
    let at = fields.at;
    let fund_at = fields.has("fund");
    let kind_at = fields.has("type");
    let spec = fields_of(
        &mut fields,
        builder,
        maps,
        types.clone().unwrap_or_default(),
    );
    fields.finish(builder.problems);
    let mut spec = spec?;
    match (kind_at, types_at) {
        (Some(at), None) => builder.problems.add(
            at,
            "fields.type needs a table [types]",
            "\"Cash\" = \"gift\"",
        ),
        (None, Some(at)) => builder.problems.add(
            at,
            "[types] needs fields.type",
            "type = { column = \"Gift Type\" }",
        ),
        _ => {}
    }
    match (fund_at, &designations) {
        (Some(at), Some(_)) => {
            builder
                .problems
                .add(at, "fund and [designations] exclude each other", "")
        }
        (None, None) => builder.problems.add(
            at,
            "a gift needs its fund",
            "fund = { column = \"Fund\" }, or a table [designations]",
        ),
        _ => {}
    }
    if rows_are_parts && designations.is_some() {
        builder.problems.add(
            at,
            "[grain] row = \"part\" and [designations] exclude each other",
            "each row of a split gift has its own fund",
        );
    }
    spec.rows_are_parts = rows_are_parts;
    spec.designations = designations;
    spec.soft_credits = soft_credits;
    Some(spec)
}

fn grain(root: &mut Table, problems: &mut Problems) -> bool {
    let Some(mut table) = root.table("grain", problems) else {
        return false;
    };
    let at = table.has("row").unwrap_or(table.at);
    let parts = match table.text("row", problems).as_deref() {
        Some("part") => true,
        Some("gift") | None => false,
        Some(_) => {
            problems.add(at, "row is \"gift\" or \"part\"", "");
            false
        }
    };
    table.finish(problems);
    parts
}

fn type_action(node: Node, problems: &mut Problems) -> Option<TypeAction> {
    let at = node.at;
    match line(node, problems)? {
        Line::Excluded(rule) => Some(TypeAction::Excluded(rule)),
        Line::Word(word) if word == "gift" => Some(TypeAction::Gift),
        Line::Word(word) if word == "held" => Some(TypeAction::Held),
        Line::Word(_) => {
            problems.add(
                at,
                "a type is \"gift\", \"held\" or { excluded = \"rule\" }",
                "",
            );
            None
        }
    }
}

fn maps(root: &mut Table, builder: &mut Builder<'_>) -> Maps {
    let mut maps = Maps {
        funds: None,
        methods: None,
        appeals: None,
    };
    let Some(mut values) = root.table("values", builder.problems) else {
        return maps;
    };
    let problems = &mut *builder.problems;
    maps.funds = values
        .table("fund", problems)
        .map(|t| value_map(t, problems, filled));
    maps.methods = values
        .table("method", problems)
        .map(|t| value_map(t, problems, tender));
    maps.appeals = values
        .table("appeal", problems)
        .map(|t| value_map(t, problems, walk::text));
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

fn fields_of(
    fields: &mut Table,
    builder: &mut Builder<'_>,
    maps: Maps,
    types: ValueMap<TypeAction>,
) -> Option<GiftSpec> {
    let at = fields.at;
    let derived = derive(fields, builder);
    let id = match &derived {
        Some(_) => None,
        None => builder.take(fields, "id", Role::Text, MAIN),
    };
    if id.as_ref().is_some_and(Value::uses_companion) {
        builder.problems.add(
            at,
            "the id of a gift must stand in the main file",
            "id = { column = \"…\" } without from",
        );
    }
    let blank_donor_is_anonymous = donor_blank(fields, builder.problems);
    let mut text = |key| builder.take(fields, key, Role::Text, MAIN);
    let donor = text("donor");
    let kind = text("type");
    let method = text("method");
    let fund = text("fund");
    let appeal = text("appeal");
    let [check_number, card_kind, ticker, shares] =
        ["check_number", "card_kind", "ticker", "shares"].map(&mut text);
    let [noncash_kind, noncash_what, tribute_kind, tribute_name] = [
        "noncash_kind",
        "noncash_what",
        "tribute_kind",
        "tribute_name",
    ]
    .map(&mut text);
    let date = builder.take(fields, "date", Role::Date, MAIN);
    let receipt_date = builder.take(fields, "receipt_date", Role::Date, MAIN);
    let amount = builder.take(fields, "amount", Role::Amount, MAIN);
    let private = builder.yes_no(fields, "private", MAIN);
    let tax_deductible = builder.yes_no(fields, "tax_deductible", MAIN);
    let notes = builder.labelled(fields, "notes");
    for (key, missing) in [
        ("id", id.is_none() && derived.is_none()),
        ("donor", donor.is_none()),
        ("date", date.is_none()),
        ("amount", amount.is_none()),
    ] {
        if missing && builder.problems.list.is_empty() {
            builder.problems.add(
                at,
                format!("[fields] has no {key}"),
                format!("{key} = {{ column = \"…\" }}"),
            );
        }
    }
    let identity = match derived {
        Some(names) => Identity::Derived(derive_values(
            &names,
            at,
            builder,
            &[
                ("donor", &donor),
                ("method", &method),
                ("type", &kind),
                ("fund", &fund),
                ("appeal", &appeal),
                ("check_number", &check_number),
                ("date", &date),
                ("amount", &amount),
            ],
        )),
        None => Identity::Id(id?),
    };
    Some(GiftSpec {
        rows_are_parts: false,
        identity,
        donor: donor?,
        blank_donor_is_anonymous,
        date: date?,
        amount: amount?,
        kind,
        types,
        method,
        methods: maps.methods,
        fund,
        funds: maps.funds.unwrap_or_default(),
        appeal,
        appeals: maps.appeals.unwrap_or_default(),
        check_number,
        card_kind,
        ticker,
        shares,
        noncash_kind,
        noncash_what,
        receipt_date,
        private,
        tax_deductible,
        tribute_kind,
        tribute_name,
        notes,
        designations: None,
        soft_credits: Vec::new(),
    })
}

/// The field names of `id = { derive = [...] }`, if that is how gifts are identified.
fn derive(fields: &mut Table, builder: &mut Builder<'_>) -> Option<Vec<String>> {
    fields.has("id")?;
    let is_derived = fields.peek("id").is_some_and(|node| match &node.raw {
        Raw::Table(entries) => entries.iter().any(|e| e.key == "derive"),
        _ => false,
    });
    if !is_derived {
        return None;
    }
    let mut inner = fields.table("id", builder.problems)?;
    let names = inner.texts("derive", builder.problems);
    inner.finish(builder.problems);
    names
}

fn derive_values(
    names: &[String],
    at: super::tree::At,
    builder: &mut Builder<'_>,
    known: &[(&str, &Option<Value>)],
) -> Vec<(Value, Role)> {
    let mut values = Vec::new();
    for name in names {
        let Some((_, Some(value))) = known.iter().find(|(key, _)| key == name) else {
            let keys: Vec<&str> = known.iter().map(|(key, _)| *key).collect();
            builder.problems.add(
                at,
                format!("id cannot be derived from \"{name}\""),
                format!("fields that this mapping has, among {}", keys.join(", ")),
            );
            continue;
        };
        if value.uses_companion() {
            builder.problems.add(
                at,
                format!("id cannot be derived from \"{name}\""),
                "it comes from a companion file; an identity needs columns of the main file",
            );
            continue;
        }
        let role = match name.as_str() {
            "date" => Role::Date,
            "amount" => Role::Amount,
            _ => Role::Text,
        };
        values.push((value.clone(), role));
    }
    values
}

fn donor_blank(fields: &mut Table, problems: &mut Problems) -> bool {
    let at = fields.has("donor_blank");
    match (fields.text("donor_blank", problems).as_deref(), at) {
        (Some("anonymous"), _) => true,
        (Some("held") | None, _) => false,
        (Some(_), at) => {
            problems.add(
                at.unwrap_or(fields.at),
                "donor_blank is \"held\" or \"anonymous\"",
                "",
            );
            false
        }
    }
}

/// The many-join after `from`, which a block needs.
fn block_from(table: &mut Table, builder: &mut Builder<'_>) -> Option<usize> {
    let at = table.has("from")?;
    let name = table.text("from", builder.problems)?;
    let from = builder.table_named(&name, at)?;
    if !builder.joins[from - 1].many
        || builder.joins[from - 1].on_table != 0 && !builder.on_main_chain(from)
    {
        builder.problems.add(
            at,
            format!("\"{name}\" is not a join with many = true on the main row"),
            "",
        );
        return None;
    }
    Some(from)
}

fn designations(root: &mut Table, builder: &mut Builder<'_>) -> Option<DesignationSpec> {
    let mut table = root.table("designations", builder.problems)?;
    let at = table.at;
    let Some(from) = block_from(&mut table, builder) else {
        builder
            .problems
            .add(at, "[designations] needs from: a join with many = true", "");
        return None;
    };
    let inside = Base {
        block: Some(from),
        alone: false,
    };
    let fund = builder.take(&mut table, "fund", Role::Text, inside);
    let amount = builder.take(&mut table, "amount", Role::Amount, inside);
    let percent = builder.take(&mut table, "percent", Role::Amount, inside);
    let whole = builder.take(&mut table, "whole", Role::Amount, MAIN);
    let rest = table.text("rest", builder.problems);
    if fund.is_none() || amount.is_none() && percent.is_none() {
        builder
            .problems
            .add(at, "[designations] needs fund, and amount or percent", "");
    }
    table.finish(builder.problems);
    Some(DesignationSpec {
        from,
        fund: fund?,
        amount,
        percent,
        whole,
        rest,
    })
}

fn soft_credits(root: &mut Table, builder: &mut Builder<'_>) -> Vec<SoftCreditSpec> {
    let mut list = Vec::new();
    for mut table in root.tables("soft_credit", builder.problems) {
        let at = table.at;
        let from = block_from(&mut table, builder);
        let base = Base {
            block: from,
            alone: false,
        };
        let when = match table.has("when") {
            Some(_) => builder.conditions(&mut table, base),
            None => Vec::new(),
        };
        let donor = builder.take(&mut table, "donor", Role::Text, base);
        let role = builder.take(&mut table, "role", Role::Text, base);
        let amount = builder.take(&mut table, "amount", Role::Amount, base);
        if donor.is_none() {
            builder.problems.add(
                at,
                "[[soft_credit]] needs donor",
                "donor = { column = \"contact_id\" }",
            );
        }
        table.finish(builder.problems);
        list.extend(donor.map(|donor| SoftCreditSpec {
            from,
            when,
            donor,
            role,
            amount,
        }));
    }
    list
}
