//! Types of parameters, the operators each type offers, and what an operator asks.

use serde_json::{Value, json};

/// The type of a parameter, as `QueryOptions` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    /// An integer that may be missing.
    SomeInt,
    Decimal,
    /// A date that is always there.
    Stamp,
    Date,
    String,
    /// The name or code of another record: never asked whether it is known.
    Name,
    /// The same of a segment.
    Lookup,
    List,
    Boolean,
    /// Anything that is there or not.
    Object,
}

impl Kind {
    /// As `QueryOptions` names it.
    fn word(self) -> &'static str {
        match self {
            Kind::Int | Kind::SomeInt => "Int",
            Kind::Decimal => "Decimal",
            Kind::Stamp | Kind::Date => "Date",
            Kind::String | Kind::Name => "String",
            Kind::Lookup => "Lookup",
            Kind::List => "List",
            Kind::Boolean => "Boolean",
            Kind::Object => "Object",
        }
    }
}

/// What an operator asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Is,
    IsNot,
    Less,
    LessOrIs,
    Greater,
    GreaterOrIs,
    Between,
    StartsWith,
    EndsWith,
    Contains,
    Known,
    NotKnown,
    In,
    NotIn,
    True,
    False,
}

/// Reads an operator; the narrative pages' spellings with spaces are unknown, as at the vendor.
pub(crate) fn operator(text: &str) -> Option<Operator> {
    Some(match text {
        "Is" => Operator::Is,
        "IsNot" => Operator::IsNot,
        "LessThan" | "Before" => Operator::Less,
        "LessThanOrEqual" | "OnOrBefore" => Operator::LessOrIs,
        "GreaterThan" | "After" => Operator::Greater,
        "GreaterThanOrEqual" | "OnOrAfter" => Operator::GreaterOrIs,
        "Between" => Operator::Between,
        "StartsWith" => Operator::StartsWith,
        "EndsWith" => Operator::EndsWith,
        "Contains" | "Matches" => Operator::Contains,
        "IsKnown" | "IsSet" => Operator::Known,
        "IsNotKnown" | "IsNotSet" => Operator::NotKnown,
        "In" | "IsAnyOf" => Operator::In,
        "NotIn" | "IsNoneOf" => Operator::NotIn,
        "IsTrue" => Operator::True,
        "IsFalse" => Operator::False,
        _ => return None,
    })
}

const NUMBERS: [&str; 6] =
    ["Is", "LessThan", "LessThanOrEqual", "GreaterThan", "GreaterThanOrEqual", "Between"];
const SOME_NUMBERS: [&str; 8] = [
    "Is",
    "IsKnown",
    "IsNotKnown",
    "LessThan",
    "LessThanOrEqual",
    "GreaterThan",
    "GreaterThanOrEqual",
    "Between",
];
const STAMPS: [&str; 10] = [
    "Is",
    "LessThan",
    "LessThanOrEqual",
    "Before",
    "OnOrBefore",
    "GreaterThan",
    "GreaterThanOrEqual",
    "After",
    "OnOrAfter",
    "Between",
];
const DATES: [&str; 12] = [
    "Is",
    "LessThan",
    "LessThanOrEqual",
    "GreaterThan",
    "GreaterThanOrEqual",
    "Between",
    "Before",
    "OnOrBefore",
    "After",
    "OnOrAfter",
    "IsKnown",
    "IsNotKnown",
];
const TEXTS: [&str; 6] = ["Is", "IsKnown", "IsNotKnown", "Contains", "StartsWith", "EndsWith"];
const BATCH: [&str; 7] = ["IsSet", "IsNotSet", "Is", "IsNot", "Contains", "StartsWith", "EndsWith"];
const STATE: [&str; 6] = ["Is", "IsNot", "IsKnown", "IsNotKnown", "In", "NotIn"];
const NAMES: [&str; 4] = ["Is", "Contains", "StartsWith", "EndsWith"];
const LISTS: [&str; 4] = ["Is", "IsNot", "IsAnyOf", "IsNoneOf"];
const FLAGS: [&str; 2] = ["IsTrue", "IsFalse"];
const OBJECTS: [&str; 2] = ["IsSet", "IsNotSet"];

/// Every operator, as the export ends with them.
const ALL: [&str; 25] = [
    "Is",
    "IsNot",
    "IsKnown",
    "IsNotKnown",
    "LessThan",
    "LessThanOrEqual",
    "GreaterThan",
    "GreaterThanOrEqual",
    "Contains",
    "StartsWith",
    "EndsWith",
    "IsTrue",
    "IsFalse",
    "IsSet",
    "IsNotSet",
    "In",
    "NotIn",
    "Between",
    "Before",
    "After",
    "IsAnyOf",
    "IsNoneOf",
    "Matches",
    "OnOrBefore",
    "OnOrAfter",
];

/// The words that a date may be asked for by.
const DAYS: [&str; 14] = [
    "180 Days Ago",
    "270 Days Ago",
    "30 Days Ago",
    "60 Days Ago",
    "90 Days Ago",
    "Last Sunday",
    "One week from now",
    "One Year Ago",
    "Start Of This Month",
    "This Calendar Year",
    "Today",
    "Tomorrow",
    "Two Years Ago",
    "Yesterday",
];

/// The operators that a parameter offers: those of its type, two parameters having lists of their own.
pub(crate) fn offered(parameter: &str, kind: Kind) -> &'static [&'static str] {
    match (parameter, kind) {
        ("Batch", _) => &BATCH,
        ("State", Kind::String) => &STATE,
        (_, Kind::Int | Kind::Decimal) => &NUMBERS,
        (_, Kind::SomeInt) => &SOME_NUMBERS,
        (_, Kind::Stamp) => &STAMPS,
        (_, Kind::Date) => &DATES,
        (_, Kind::String) => &TEXTS,
        (_, Kind::Name | Kind::Lookup) => &NAMES,
        (_, Kind::List) => &LISTS,
        (_, Kind::Boolean) => &FLAGS,
        (_, Kind::Object) => &OBJECTS,
    }
}

/// An operator as `QueryOptions` shows it.
fn shown(word: &&str) -> Value {
    let asks = operator(word);
    let many = matches!(asks, Some(Operator::In | Operator::NotIn));
    let bare = [Operator::Known, Operator::NotKnown, Operator::True, Operator::False];
    let valued = asks.is_some_and(|asks| !bare.contains(&asks));
    json!({"operator": word, "multipleValuesAllowed": many, "valueRequired": valued})
}

/// The answer of `QueryOptions`; `choices` gives what a list parameter may be.
pub(crate) fn options(parameters: &[(&str, Kind)], choices: &dyn Fn(&str) -> Vec<String>) -> Value {
    let one = |(parameter, kind): &(&str, Kind)| {
        let values = match kind {
            Kind::Date | Kind::Stamp => DAYS.map(String::from).to_vec(),
            _ => choices(parameter),
        };
        json!({
            "parameter": parameter,
            "type": kind.word(),
            "operatorOptions": offered(parameter, *kind).iter().map(shown).collect::<Vec<_>>(),
            "valueOptions": values,
        })
    };
    let all: Vec<Value> = ALL.iter().map(shown).collect();
    json!({"options": parameters.iter().map(one).collect::<Vec<_>>(), "operatorOptions": all})
}
