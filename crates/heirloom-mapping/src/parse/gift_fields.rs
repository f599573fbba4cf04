//! `[fields]` of a gift file, and the identity derived from some of them.

use heirloom_model::TenderKind;

use super::tree::{At, Problems, Raw};
use super::value::{Base, Builder};
use super::walk::Table;
use crate::spec::{GiftExtras, GiftRows, GiftSpec, Identity, Role, TypeAction, Value, ValueMap};

const MAIN: Base = Base { block: None, alone: false };

/// Value maps that a gift file has of its own.
pub(super) struct Maps {
    pub funds: Option<ValueMap<String>>,
    pub methods: Option<ValueMap<TenderKind>>,
    pub appeals: Option<ValueMap<String>>,
}

pub(super) fn fields_of(
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
    let blank_donor_is_anonymous = donor_blank(fields, builder.problems);
    let donor = builder.take(fields, "donor", Role::Text, MAIN);
    let date = builder.take(fields, "date", Role::Date, MAIN);
    let amount = builder.take(fields, "amount", Role::Amount, MAIN);
    let private = builder.yes_no(fields, "private", MAIN);
    let tax_deductible = builder.yes_no(fields, "tax_deductible", MAIN);
    let receipt_date = builder.take(fields, "receipt_date", Role::Date, MAIN);
    let notes = builder.labelled(fields, "notes");
    let extras = GiftExtras {
        pledge: builder.take(fields, "pledge", Role::Text, MAIN),
        recurring: builder.take(fields, "recurring", Role::Text, MAIN),
        custom: builder.labelled(fields, "custom"),
        ..GiftExtras::default()
    };
    builder.refuse_required(at, [&extras.pledge, &extras.recurring]);
    let optional = optional(fields, builder);
    check_exchange(builder.problems, at, amount.as_ref(), &optional);
    let has_id = id.is_some() || derived.is_some();
    let present =
        [("id", has_id), ("donor", donor.is_some()), ("date", date.is_some()), ("amount", amount.is_some())];
    report_missing(builder.problems, at, &present);
    let known = [
        ("donor", &donor),
        ("date", &date),
        ("amount", &amount),
        ("type", &optional.kind),
        ("method", &optional.method),
        ("fund", &optional.fund),
        ("appeal", &optional.appeal),
        ("check_number", &optional.check_number),
    ];
    let identity = match derived {
        Some(names) => Identity::Derived(derive_values(&names, at, builder, &known)),
        None => {
            builder.stands_in_main(id.as_ref(), at);
            Identity::Id(id?)
        }
    };
    builder.refuse_required(at, [&receipt_date, &optional.tribute_kind, &optional.tribute_name]);
    let required =
        Required { identity, blank_donor_is_anonymous, donor: donor?, date: date?, amount: amount? };
    let mut spec = assemble(required, optional, maps, types);
    spec.receipt_date = receipt_date;
    spec.private = private;
    spec.tax_deductible = tax_deductible;
    spec.notes = notes;
    spec.extras = extras;
    Some(spec)
}

/// A rate is of a currency, and both stand beside the amount.
fn check_exchange(problems: &mut Problems, at: At, amount: Option<&Value>, optional: &Optional) {
    let Some(rate) = &optional.rate else { return };
    let currency = optional.currency.as_ref();
    if currency.is_none() {
        problems.add(at, "exchange_rate needs currency", "currency = { column = \"Currency\" }");
    }
    for (key, value) in [("amount", amount), ("currency", currency), ("exchange_rate", Some(rate))] {
        if value.is_some_and(Value::uses_companion) {
            problems.add(at, format!("{key} must stand in the main file, beside its exchange rate"), "");
        }
    }
}

/// The fields that every gift has.
struct Required {
    identity: Identity,
    blank_donor_is_anonymous: bool,
    donor: Value,
    date: Value,
    amount: Value,
}

fn assemble(required: Required, optional: Optional, maps: Maps, types: ValueMap<TypeAction>) -> GiftSpec {
    GiftSpec {
        rows: GiftRows::Gift,
        parent: None,
        currency: optional.currency,
        rate: optional.rate,
        refund: None,
        identity: required.identity,
        donor: required.donor,
        blank_donor_is_anonymous: required.blank_donor_is_anonymous,
        date: required.date,
        amount: required.amount,
        kind: optional.kind,
        types,
        method: optional.method,
        methods: maps.methods,
        fund: optional.fund,
        funds: maps.funds.unwrap_or_default(),
        appeal: optional.appeal,
        appeals: maps.appeals.unwrap_or_default(),
        check_number: optional.check_number,
        card_kind: optional.card_kind,
        custodian: optional.custodian,
        coin: optional.coin,
        ticker: optional.ticker,
        shares: optional.shares,
        noncash_kind: optional.noncash_kind,
        noncash_what: optional.noncash_what,
        receipt_date: None,
        private: None,
        tax_deductible: None,
        tribute_kind: optional.tribute_kind,
        tribute_name: optional.tribute_name,
        notes: Vec::new(),
        designations: None,
        soft_credits: Vec::new(),
        extras: GiftExtras::default(),
    }
}

/// The fields that a gift may lack.
struct Optional {
    currency: Option<Value>,
    rate: Option<Value>,
    kind: Option<Value>,
    method: Option<Value>,
    fund: Option<Value>,
    appeal: Option<Value>,
    check_number: Option<Value>,
    card_kind: Option<Value>,
    custodian: Option<Value>,
    coin: Option<Value>,
    ticker: Option<Value>,
    shares: Option<Value>,
    noncash_kind: Option<Value>,
    noncash_what: Option<Value>,
    tribute_kind: Option<Value>,
    tribute_name: Option<Value>,
}

fn optional(fields: &mut Table, builder: &mut Builder<'_>) -> Optional {
    let rate = builder.take(fields, "exchange_rate", Role::Amount, MAIN);
    let mut text = |key| builder.take(fields, key, Role::Text, MAIN);
    Optional {
        currency: text("currency"),
        rate,
        kind: text("type"),
        method: text("method"),
        fund: text("fund"),
        appeal: text("appeal"),
        check_number: text("check_number"),
        card_kind: text("card_kind"),
        custodian: text("ira_custodian"),
        coin: text("coin"),
        ticker: text("ticker"),
        shares: text("shares"),
        noncash_kind: text("noncash_kind"),
        noncash_what: text("noncash_what"),
        tribute_kind: text("tribute_kind"),
        tribute_name: text("tribute_name"),
    }
}

fn report_missing(problems: &mut Problems, at: At, present: &[(&str, bool)]) {
    if !problems.list.is_empty() {
        return;
    }
    for (key, _) in present.iter().filter(|(_, present)| !present) {
        problems.add(at, format!("[fields] has no {key}"), format!("{key} = {{ column = \"…\" }}"));
    }
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

/// The values of the named fields, each of which must stand in the main file.
fn derive_values(
    names: &[String],
    at: At,
    builder: &mut Builder<'_>,
    known: &[(&str, &Option<Value>)],
) -> Vec<(Value, Role)> {
    let mut values = Vec::new();
    for name in names {
        let found = known.iter().find(|(key, _)| key == name).and_then(|(_, v)| v.as_ref());
        let help = match found {
            Some(value) if !value.uses_companion() => {
                let role = match name.as_str() {
                    "date" => Role::Date,
                    "amount" => Role::Amount,
                    _ => Role::Text,
                };
                values.push((value.clone(), role));
                continue;
            }
            Some(_) => {
                "it comes from a companion file; an identity needs columns of the main file".to_owned()
            }
            None => {
                let keys: Vec<&str> = known.iter().map(|(key, _)| *key).collect();
                format!("fields that this mapping has, among {}", keys.join(", "))
            }
        };
        builder.problems.add(at, format!("id cannot be derived from \"{name}\""), help);
    }
    if names.is_empty() {
        builder.problems.add(at, "id is derived from nothing", "derive = [\"donor\", \"date\", \"amount\"]");
    }
    values
}

fn donor_blank(fields: &mut Table, problems: &mut Problems) -> bool {
    let at = fields.has("donor_blank");
    match (fields.text("donor_blank", problems).as_deref(), at) {
        (Some("anonymous"), _) => true,
        (Some("held") | None, _) => false,
        (Some(_), at) => {
            problems.add(at.unwrap_or(fields.at), "donor_blank is \"held\" or \"anonymous\"", "");
            false
        }
    }
}
