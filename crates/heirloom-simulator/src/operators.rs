//! Types of parameters, the operators each type offers, and what an operator asks.

use serde_json::{Value, json};

/// The type of a parameter, as `QueryOptions` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Decimal,
    Date,
    String,
    List,
    Boolean,
    /// Anything that is there or not.
    Object,
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
const STATE: [&str; 8] = ["Is", "IsKnown", "IsNotKnown", "Contains", "StartsWith", "EndsWith", "In", "NotIn"];
const LISTS: [&str; 4] = ["Is", "IsNot", "IsAnyOf", "IsNoneOf"];
const FLAGS: [&str; 2] = ["IsTrue", "IsFalse"];
const OBJECTS: [&str; 2] = ["IsSet", "IsNotSet"];

/// The operators that a parameter offers: those of its type, two parameters having lists of their own.
pub(crate) fn offered(parameter: &str, kind: Kind) -> &'static [&'static str] {
    match (parameter, kind) {
        ("Batch", _) => &BATCH,
        ("State", Kind::String) => &STATE,
        (_, Kind::Int | Kind::Decimal) => &NUMBERS,
        (_, Kind::Date) => &DATES,
        (_, Kind::String) => &TEXTS,
        (_, Kind::List) => &LISTS,
        (_, Kind::Boolean) => &FLAGS,
        (_, Kind::Object) => &OBJECTS,
    }
}

/// The answer of `QueryOptions`; `choices` gives what a list parameter may be.
pub(crate) fn options(parameters: &[(&str, Kind)], choices: &dyn Fn(&str) -> Vec<String>) -> Value {
    let one = |(parameter, kind): &(&str, Kind)| {
        let operators = offered(parameter, *kind).iter().map(|word| {
            let asks = operator(word);
            let many = matches!(asks, Some(Operator::In | Operator::NotIn));
            let bare = [Operator::Known, Operator::NotKnown, Operator::True, Operator::False];
            let valued = asks.is_some_and(|asks| !bare.contains(&asks));
            json!({"operator": word, "multipleValuesAllowed": many, "valueRequired": valued})
        });
        json!({
            "parameter": parameter,
            "type": format!("{kind:?}"),
            "operatorOptions": operators.collect::<Vec<_>>(),
            "valueOptions": choices(parameter),
        })
    };
    json!({"options": parameters.iter().map(one).collect::<Vec<_>>(), "operatorOptions": []})
}
