//! The query grammar: groups are ORed, conditions inside a group ANDed; what an index answers is never scanned.

use crate::body::{Fields, decimal, scalar};
use crate::habits::Operators;
use crate::operators::{Kind, Operator, offered, operator};
use crate::time::read_literal;
use jiff::civil::Date;
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Most records a page may hold.
const TAKE_MAX: usize = 1000;
/// What a page holds unless asked.
const TAKE_DEFAULT: usize = 10;

/// A value a condition looks at.
pub(crate) enum Field<'a> {
    /// In ten-thousandths.
    Number(i64),
    /// One of several numbers.
    Numbers(Vec<i64>),
    /// Milliseconds since 1970.
    When(i64),
    Text(Cow<'a, str>),
    /// One of several texts.
    Texts(Vec<&'a str>),
    Flag(bool),
    Nothing,
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
    /// The number of the column that its parameter names.
    pub column: usize,
    pub operator: Operator,
    pub value: Literal,
    pub second: Literal,
    pub values: Vec<Literal>,
}

/// A query.
#[derive(Debug)]
pub(crate) struct Query {
    pub groups: Vec<Vec<Condition>>,
    /// The column to sort by.
    pub sort_by: usize,
    pub descending: bool,
    pub skip: usize,
    pub take: usize,
}

/// A parameter and its type.
pub(crate) type Parameter<'t> = (&'t str, Kind);

/// Records that can be queried: positions rise with ids.
pub(crate) trait Table {
    /// How many there are.
    fn len(&self) -> usize;
    /// How many records have a smaller id.
    fn place(&self, id: i64) -> usize;
    /// What conditions may name; the first is the id.
    fn parameters(&self) -> Vec<Parameter<'_>>;
    /// The value of a column.
    fn field(&self, at: u32, column: usize) -> Field<'_>;
    /// The positions an index gives, rising, and the places of the conditions it answers exactly.
    fn index(&self, _conditions: &[Condition]) -> Option<(&[u32], Vec<usize>)> {
        None
    }
    /// Whether what is asked of a parameter names something that exists, where that is asked.
    fn knows(&self, _parameter: &str, _folded: &str) -> bool {
        true
    }
    /// Whether pages leave a record out whatever is asked.
    fn hides(&self, _at: u32) -> bool {
        false
    }
    /// Whether `hides` can be true at all.
    fn hides_any(&self) -> bool {
        false
    }
}

/// What a query is read against: the day it is in the organization's zone, and which operators may be used.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub today: Date,
    pub operators: Operators,
    /// Whether the name of a project or campaign that is not there is an error.
    pub names_checked: bool,
    /// Whether the body may say `skip` and `take`.
    pub paging_in_body: bool,
}

impl Literal {
    /// Reads a literal.
    fn of(value: Option<&Value>, today: Date) -> Literal {
        let text = value.map(scalar).unwrap_or_default();
        Literal { number: decimal(&text, 4), when: read_literal(&text, today), folded: text.to_lowercase() }
    }
}

impl Query {
    /// Reads a query; `parameter` gives the URL's parameters, which win over the body's.
    pub(crate) fn read(
        body: &Value,
        table: &impl Table,
        terms: Terms,
        parameter: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Query, String> {
        let empty = serde_json::Map::new();
        let fields = match body {
            Value::Null => Fields(&empty),
            other => Fields::of(other).ok_or("The query must be an object.")?,
        };
        let count = |name: &str, default: usize| -> Result<usize, String> {
            let of_body = || if terms.paging_in_body { fields.text(name) } else { String::new() };
            let text = parameter(name).unwrap_or_else(of_body);
            if text.is_empty() {
                Ok(default)
            } else {
                text.parse().map_err(|_| format!("'{name}' is not a number."))
            }
        };
        let take = count("take", TAKE_DEFAULT)?;
        if take > TAKE_MAX {
            return Err(format!("'take' must not exceed {TAKE_MAX}."));
        }
        let parameters = table.parameters();
        let key = parameter("sortBy").unwrap_or_else(|| fields.text("sortBy"));
        let sort_by = sort_column(&key, &parameters).ok_or_else(|| format!("'{key}' is not a sort key."))?;
        let descending = parameter("descending")
            .map_or(fields.flag("descending"), |text| text.eq_ignore_ascii_case("true"));
        let groups = fields.list("groups").iter().filter_map(Fields::of);
        let groups = groups
            .map(|group| read_group(group, table, &parameters, terms))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Query { groups, sort_by, descending, skip: count("skip", 0)?, take })
    }

    /// Whether the order is that of the ids.
    fn by_id(&self) -> bool {
        self.sort_by == 0
    }

    /// The positions of the page asked for, and how many records match in all.
    pub(crate) fn run(&self, table: &impl Table) -> (Vec<u32>, usize) {
        let all = [Vec::new()];
        let groups: &[Vec<Condition>] = if self.groups.is_empty() { &all } else { &self.groups };
        if let ([only], true) = (groups, self.by_id()) {
            let (span, rest) = narrow(only, table);
            if rest.is_empty() && !table.hides_any() {
                return (self.page(span.len(), |at| span.at(at)), span.len());
            }
        }
        let mut found: Vec<u32> = groups.iter().flat_map(|group| matches(group, table)).collect();
        found.sort_unstable();
        found.dedup();
        if !self.by_id() {
            found.sort_by(|a, b| order(&table.field(*a, self.sort_by), &table.field(*b, self.sort_by)));
        }
        (self.page(found.len(), |at| found[at]), found.len())
    }

    /// Cuts a page out of `len` positions in rising order.
    fn page(&self, len: usize, at: impl Fn(usize) -> u32) -> Vec<u32> {
        let places = self.skip.min(len)..self.skip.saturating_add(self.take).min(len);
        places.map(|place| at(if self.descending { len - 1 - place } else { place })).collect()
    }
}

/// The column that a sort key names: `Gift Date`, `GiftDate`, `gift date` and `Date` are one; empty is the id.
fn sort_column(key: &str, parameters: &[Parameter]) -> Option<usize> {
    let squeeze = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let wanted = match squeeze(key).as_str() {
        "" | "id" => return Some(0),
        "createddatetime" | "createdatetime" => "createdatetimeutc".to_string(),
        other => other.to_string(),
    };
    let record = squeeze(parameters.first()?.0);
    let longer = format!("{}{wanted}", record.trim_end_matches("id"));
    parameters.iter().position(|(name, _)| [&wanted, &longer].contains(&&squeeze(name)))
}

/// Reads the conditions of a group.
fn read_group(
    group: Fields,
    table: &impl Table,
    parameters: &[Parameter],
    terms: Terms,
) -> Result<Vec<Condition>, String> {
    let conditions = group.list("conditions").iter().filter_map(Fields::of);
    let read = |fields| {
        let condition = read_condition(fields, parameters, terms)?;
        let exact = [Operator::Is, Operator::IsNot, Operator::In, Operator::NotIn];
        let parameter = parameters[condition.column].0;
        let listed = matches!(condition.operator, Operator::In | Operator::NotIn);
        let named = if listed { &condition.values[..] } else { std::slice::from_ref(&condition.value) };
        let checked = terms.names_checked && exact.contains(&condition.operator);
        match named.iter().find(|one| checked && !table.knows(parameter, &one.folded)) {
            Some(one) => Err(format!("'{}' was not found ({parameter}).", one.folded)),
            None => Ok(condition),
        }
    };
    conditions.map(read).collect()
}

/// Reads a condition; parameters are spelt exactly.
fn read_condition(fields: Fields, parameters: &[Parameter], terms: Terms) -> Result<Condition, String> {
    let parameter = fields.text("parameter");
    let Some(column) = parameters.iter().position(|(name, _)| *name == parameter) else {
        return Err(format!("'{parameter}' is not a query parameter."));
    };
    let text = fields.text("operator");
    let Some(operator) = operator(&text) else {
        return Err(format!("'{text}' is not an operator."));
    };
    let choices = offered(&parameter, parameters[column].1);
    if terms.operators == Operators::ByType && !choices.contains(&text.as_str()) {
        return Err(format!("'{text}' is not an operator of '{parameter}'."));
    }
    let literal = |name: &str| Literal::of(fields.get(name), terms.today);
    let listed = fields.list("values").iter().map(|value| Literal::of(Some(value), terms.today));
    Ok(Condition {
        column,
        operator,
        value: literal("value"),
        second: literal("secondaryValue"),
        values: listed.collect(),
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
    if condition.column != 0 {
        return None;
    }
    let whole = |literal: &Literal| {
        literal.number.filter(|number| number % 10_000 == 0).map(|number| number / 10_000)
    };
    let place = |id: i64| table.place(id) as i64;
    let value = whole(&condition.value)?;
    let after = value.saturating_add(1);
    match condition.operator {
        Operator::Is => Some((place(value), place(after))),
        Operator::Less => Some((0, place(value))),
        Operator::LessOrIs => Some((0, place(after))),
        Operator::Greater => Some((place(after), i64::MAX)),
        Operator::GreaterOrIs => Some((place(value), i64::MAX)),
        Operator::Between => {
            whole(&condition.second).map(|second| (place(value), place(second.saturating_add(1))))
        }
        _ => None,
    }
}

/// The positions of a group, rising.
fn matches(group: &[Condition], table: &impl Table) -> Vec<u32> {
    let (span, rest) = narrow(group, table);
    let places = (0..span.len()).map(|place| span.at(place)).filter(|at| !table.hides(*at));
    places
        .filter(|at| rest.iter().all(|condition| holds(condition, &table.field(*at, condition.column))))
        .collect()
}

/// The order of two values of one column; what is missing comes first.
fn order(a: &Field, b: &Field) -> Ordering {
    match (a, b) {
        (Field::Number(a), Field::Number(b)) | (Field::When(a), Field::When(b)) => a.cmp(b),
        (Field::Text(a), Field::Text(b)) => a.cmp(b),
        (Field::Texts(a), Field::Texts(b)) => a.cmp(b),
        (Field::Flag(a), Field::Flag(b)) => a.cmp(b),
        (Field::Nothing, Field::Nothing) => Ordering::Equal,
        (Field::Nothing, _) => Ordering::Less,
        (_, Field::Nothing) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// Whether a condition holds for a value.
fn holds(condition: &Condition, field: &Field) -> bool {
    let denies = [Operator::IsNot, Operator::NotIn, Operator::Known, Operator::NotKnown];
    if let Field::Numbers(all) = field
        && !denies.contains(&condition.operator)
    {
        return all.iter().any(|number| holds(condition, &Field::Number(*number)));
    }
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
        Field::Numbers(all) => all.iter().any(|number| literal.number == Some(*number)),
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
