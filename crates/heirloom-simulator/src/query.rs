//! The query grammar: groups are ORed, conditions inside a group ANDed; what an index answers is never scanned.

use crate::body::{Fields, decimal, scalar};
use crate::time::read_instant;
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Most records a page may hold.
const TAKE_MAX: usize = 1000;

/// A value a condition looks at.
pub(crate) enum Field<'a> {
    /// In ten-thousandths.
    Number(i64),
    /// Milliseconds since 1970.
    When(i64),
    Text(Cow<'a, str>),
    /// One of several texts.
    Texts(Vec<&'a str>),
    Flag(bool),
    Nothing,
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

/// A literal, read in every way it can be read.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    pub folded: String,
    pub number: Option<i64>,
    pub when: Option<i64>,
}

/// One condition.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub parameter: String,
    pub operator: Operator,
    pub value: Literal,
    pub second: Literal,
    pub values: Vec<Literal>,
}

/// A query.
#[derive(Debug)]
pub(crate) struct Query {
    pub groups: Vec<Vec<Condition>>,
    pub sort_by: String,
    pub descending: bool,
    pub skip: usize,
    pub take: usize,
}

/// Records that can be queried: positions rise with ids, and ids have no gaps.
pub(crate) trait Table {
    /// How many there are.
    fn len(&self) -> usize;
    /// The id of position 0.
    fn first_id(&self) -> i64;
    /// The parameter that is the id.
    fn id_parameter(&self) -> &'static str;
    /// Whether conditions may name a parameter.
    fn knows(&self, parameter: &str) -> bool;
    /// The value of a parameter.
    fn field(&self, at: u32, parameter: &str) -> Field<'_>;
    /// The positions an index gives, rising, and the places of the conditions it answers exactly.
    fn index(&self, conditions: &[Condition]) -> Option<(&[u32], Vec<usize>)>;
    /// Compares by a sort key; none when the key is unknown.
    fn compare(&self, key: &str, a: u32, b: u32) -> Option<Ordering>;
}

impl Literal {
    /// Reads a literal.
    fn of(value: Option<&Value>) -> Literal {
        let text = value.map(scalar).unwrap_or_default();
        Literal { number: decimal(&text, 4), when: read_instant(&text), folded: text.to_lowercase() }
    }
}

/// Reads an operator; the narrative pages' spellings with spaces are unknown, as at the vendor.
fn operator(text: &str) -> Option<Operator> {
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
        "Contains" => Operator::Contains,
        "IsKnown" | "IsSet" => Operator::Known,
        "IsNotKnown" | "IsNotSet" => Operator::NotKnown,
        "In" | "IsAnyOf" => Operator::In,
        "NotIn" | "IsNoneOf" => Operator::NotIn,
        "IsTrue" => Operator::True,
        "IsFalse" => Operator::False,
        _ => return None,
    })
}

impl Query {
    /// Reads a query; `parameter` gives the URL's parameters, which win over the body's `skip` and `take`.
    pub(crate) fn read(
        body: &Value,
        table: &impl Table,
        parameter: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Query, String> {
        let Some(fields) = Fields::of(body) else {
            return Err("The query must be an object.".into());
        };
        let count = |name: &str, default: usize| -> Result<usize, String> {
            let text = parameter(name).unwrap_or_else(|| fields.text(name));
            if text.is_empty() {
                Ok(default)
            } else {
                text.parse().map_err(|_| format!("'{name}' is not a number."))
            }
        };
        let take = count("take", 10)?;
        if take > TAKE_MAX {
            return Err(format!("'take' must not exceed {TAKE_MAX}."));
        }
        let sort_by = parameter("sortBy").unwrap_or_else(|| fields.text("sortBy"));
        if !sort_by.is_empty() && table.compare(&sort_by, 0, 0).is_none() {
            return Err(format!("'{sort_by}' is not a sort key."));
        }
        let descending = parameter("descending")
            .map_or(fields.flag("descending"), |text| text.eq_ignore_ascii_case("true"));
        let groups = fields.list("groups").iter().filter_map(Fields::of);
        let groups = groups.map(|group| read_group(group, table)).collect::<Result<Vec<_>, _>>()?;
        let descending = if sort_by.is_empty() { true } else { descending };
        Ok(Query { groups, sort_by, descending, skip: count("skip", 0)?, take })
    }

    /// Whether the order is that of the ids.
    fn by_id(&self) -> bool {
        self.sort_by.is_empty() || self.sort_by.eq_ignore_ascii_case("id")
    }

    /// The positions of the page asked for, and how many records match in all.
    pub(crate) fn run(&self, table: &impl Table) -> (Vec<u32>, usize) {
        let all = [Vec::new()];
        let groups: &[Vec<Condition>] = if self.groups.is_empty() { &all } else { &self.groups };
        if let ([only], true) = (groups, self.by_id()) {
            let (span, rest) = narrow(only, table);
            if rest.is_empty() {
                return (self.page(span.len(), |at| span.at(at)), span.len());
            }
        }
        let mut found: Vec<u32> = groups.iter().flat_map(|group| matches(group, table)).collect();
        found.sort_unstable();
        found.dedup();
        if !self.by_id() {
            found.sort_by(|a, b| table.compare(&self.sort_by, *a, *b).unwrap_or(Ordering::Equal));
        }
        (self.page(found.len(), |at| found[at]), found.len())
    }

    /// Cuts a page out of `len` positions in rising order.
    fn page(&self, len: usize, at: impl Fn(usize) -> u32) -> Vec<u32> {
        let places = self.skip.min(len)..self.skip.saturating_add(self.take).min(len);
        places.map(|place| at(if self.descending { len - 1 - place } else { place })).collect()
    }
}

/// Reads the conditions of a group.
fn read_group(group: Fields, table: &impl Table) -> Result<Vec<Condition>, String> {
    group
        .list("conditions")
        .iter()
        .filter_map(Fields::of)
        .map(|fields| read_condition(fields, table))
        .collect()
}

/// Reads a condition; parameters are spelt exactly.
fn read_condition(fields: Fields, table: &impl Table) -> Result<Condition, String> {
    let parameter = fields.text("parameter");
    if !table.knows(&parameter) {
        return Err(format!("'{parameter}' is not a query parameter."));
    }
    let text = fields.text("operator");
    let Some(operator) = operator(&text) else {
        return Err(format!("'{text}' is not an operator."));
    };
    Ok(Condition {
        parameter,
        operator,
        value: Literal::of(fields.get("value")),
        second: Literal::of(fields.get("secondaryValue")),
        values: fields.list("values").iter().map(|value| Literal::of(Some(value))).collect(),
    })
}

/// A run of positions: all of the table, or what an index gave.
struct Span<'t> {
    list: Option<&'t [u32]>,
    from: usize,
    to: usize,
}

impl Span<'_> {
    fn len(&self) -> usize {
        self.to.saturating_sub(self.from)
    }

    fn at(&self, place: usize) -> u32 {
        let place = self.from + place;
        self.list.map_or(place as u32, |list| list[place])
    }
}

/// Narrows a group by index and id bounds; gives what is left to be tested on each record.
fn narrow<'t, 'c>(group: &'c [Condition], table: &'t impl Table) -> (Span<'t>, Vec<&'c Condition>) {
    let (list, mut answered) = match table.index(group) {
        Some((list, answered)) => (Some(list), answered),
        None => (None, Vec::new()),
    };
    let (mut low, mut high) = (0i64, table.len() as i64);
    for (place, condition) in group.iter().enumerate() {
        if let Some((from, to)) = id_bounds(condition, table) {
            (low, high) = (low.max(from), high.min(to));
            answered.push(place);
        }
    }
    let (low, high) = (low.max(0) as usize, high.max(0) as usize);
    let place =
        |position: usize| list.map_or(position, |list| list.partition_point(|at| (*at as usize) < position));
    let span = Span { list, from: place(low), to: place(high.max(low)) };
    let rest = group.iter().enumerate().filter(|(place, _)| !answered.contains(place));
    (span, rest.map(|(_, condition)| condition).collect())
}

/// The positions an id condition allows, from inclusive, to exclusive.
fn id_bounds(condition: &Condition, table: &impl Table) -> Option<(i64, i64)> {
    if condition.parameter != table.id_parameter() {
        return None;
    }
    let whole = |literal: &Literal| {
        literal.number.filter(|number| number % 10_000 == 0).map(|number| number / 10_000 - table.first_id())
    };
    let value = whole(&condition.value)?;
    match condition.operator {
        Operator::Is => Some((value, value + 1)),
        Operator::Less => Some((0, value)),
        Operator::LessOrIs => Some((0, value + 1)),
        Operator::Greater => Some((value + 1, i64::MAX)),
        Operator::GreaterOrIs => Some((value, i64::MAX)),
        Operator::Between => whole(&condition.second).map(|second| (value, second + 1)),
        _ => None,
    }
}

/// The positions of a group, rising.
fn matches(group: &[Condition], table: &impl Table) -> Vec<u32> {
    let (span, rest) = narrow(group, table);
    let places = (0..span.len()).map(|place| span.at(place));
    places
        .filter(|at| rest.iter().all(|condition| holds(condition, &table.field(*at, &condition.parameter))))
        .collect()
}

/// Whether a condition holds for a value.
fn holds(condition: &Condition, field: &Field) -> bool {
    match condition.operator {
        Operator::IsNot => !is(field, &condition.value),
        Operator::In => condition.values.iter().any(|value| is(field, value)),
        Operator::NotIn => !condition.values.iter().any(|value| is(field, value)),
        Operator::True => matches!(field, Field::Flag(true)),
        Operator::False => matches!(field, Field::Flag(false)),
        Operator::Known => is_known(field),
        Operator::NotKnown => !is_known(field),
        Operator::Is => is(field, &condition.value),
        Operator::StartsWith => any_text(field, |text| text.starts_with(&condition.value.folded)),
        Operator::EndsWith => any_text(field, |text| text.ends_with(&condition.value.folded)),
        Operator::Contains => any_text(field, |text| text.contains(&condition.value.folded)),
        Operator::Between => {
            let above = against(field, &condition.value).is_some_and(Ordering::is_ge);
            above && against(field, &condition.second).is_some_and(Ordering::is_le)
        }
        Operator::Less => against(field, &condition.value).is_some_and(Ordering::is_lt),
        Operator::LessOrIs => against(field, &condition.value).is_some_and(Ordering::is_le),
        Operator::Greater => against(field, &condition.value).is_some_and(Ordering::is_gt),
        Operator::GreaterOrIs => against(field, &condition.value).is_some_and(Ordering::is_ge),
    }
}

/// Whether there is a value.
fn is_known(field: &Field) -> bool {
    match field {
        Field::Nothing => false,
        Field::Text(text) => !text.is_empty(),
        Field::Texts(texts) => texts.iter().any(|text| !text.is_empty()),
        _ => true,
    }
}

/// Whether a value is the literal, letter case aside.
fn is(field: &Field, literal: &Literal) -> bool {
    match field {
        Field::Text(_) | Field::Texts(_) => any_text(field, |text| text == literal.folded),
        Field::Flag(flag) => literal.folded == flag.to_string(),
        _ => against(field, literal) == Some(Ordering::Equal),
    }
}

/// Whether one of a field's texts, in lower case, passes.
fn any_text(field: &Field, passes: impl Fn(&str) -> bool) -> bool {
    match field {
        Field::Text(text) => passes(&text.to_lowercase()),
        Field::Texts(texts) => texts.iter().any(|text| passes(&text.to_lowercase())),
        _ => false,
    }
}

/// Compares a value with a literal; none when they cannot be compared.
fn against(field: &Field, literal: &Literal) -> Option<Ordering> {
    match field {
        Field::Number(number) => literal.number.map(|other| number.cmp(&other)),
        Field::When(when) => literal.when.map(|other| when.cmp(&other)),
        Field::Text(text) => Some(text.to_lowercase().as_str().cmp(literal.folded.as_str())),
        _ => None,
    }
}
