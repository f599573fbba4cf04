//! Keys of rows: hashes of ids, and identities derived from other columns.

use heirloom_model::{Digest, Hasher};

use crate::dates::{Order, Shape, resolve, shape};
use crate::ground::Verdict;
use crate::number::{Mark, MarkEvidence, evidence, read};
use crate::read::{Reader, Scene, Seen};
use crate::spec::{Body, Identity, Mapping, Role, Source, Value};
use crate::text::collapse;

/// 64 bits of a text, the same for ever.
pub(crate) fn hash64(text: &str) -> u64 {
    first64(Digest::of(text.as_bytes()))
}

pub(crate) fn first64(digest: Digest) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&digest.0[..8]);
    u64::from_le_bytes(eight)
}

/// How dates and amounts of an identity are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IdentityReading {
    pub order: Order,
    pub mark: Mark,
}

impl IdentityReading {
    /// Every reading that a survey may have to choose from later.
    pub const OPEN: [IdentityReading; 4] = [
        IdentityReading { order: Order::Mdy, mark: Mark::Point },
        IdentityReading { order: Order::Dmy, mark: Mark::Point },
        IdentityReading { order: Order::Mdy, mark: Mark::Comma },
        IdentityReading { order: Order::Dmy, mark: Mark::Comma },
    ];

    /// How a surveyed file's gifts are identified; any reading, where they are by an id.
    pub fn of(mapping: &Mapping, verdicts: &[Verdict]) -> Self {
        if let Body::Gift(spec) = &mapping.body
            && let Identity::Derived(fields) = &spec.identity
        {
            return Self::settled(mapping, fields, verdicts);
        }
        Self::OPEN[0]
    }

    /// The reading that the verdicts on the identity's columns settle.
    pub fn settled(mapping: &Mapping, fields: &[(Value, Role)], verdicts: &[Verdict]) -> Self {
        let verdict = |wanted: Role| {
            fields
                .iter()
                .filter(|(_, role)| *role == wanted)
                .find_map(|(value, _)| first_fact(value))
                .and_then(|fact| verdicts.get(fact).copied())
        };
        IdentityReading {
            order: match verdict(Role::Date) {
                Some(Verdict::Date(order)) => order,
                _ => mapping.order.unwrap_or(Order::Mdy),
            },
            mark: match verdict(Role::Amount) {
                Some(Verdict::Amount(mark)) => mark,
                _ => mapping.mark.unwrap_or(Mark::Point),
            },
        }
    }
}

fn first_fact(value: &Value) -> Option<usize> {
    match &value.source {
        Source::Cell(cell) => cell.fact,
        Source::Constant(_) | Source::Template(_) => None,
        Source::FirstOf(values) => values.iter().find_map(first_fact),
    }
}

/// The digest of an identity's columns; `None` if all of them are blank.
///
/// Dates and amounts count by what they mean, so that `3/7/1998` and `1998-03-07` are equal.
pub(crate) fn identity<'m>(
    reader: &Reader<'m>,
    fields: &'m [(Value, Role)],
    scene: &Scene<'_>,
    reading: IdentityReading,
) -> Option<Digest> {
    let mut hasher = Hasher::new();
    let mut is_blank = true;
    for (value, role) in fields {
        let seen = reader.read(value, scene);
        is_blank &= seen.is_blank();
        field(&seen, *role, reader.mapping.pivot, reading, &mut hasher);
    }
    (!is_blank).then(|| hasher.finish())
}

fn field(seen: &Seen<'_>, role: Role, pivot: Option<u8>, reading: IdentityReading, hasher: &mut Hasher) {
    let number = match role {
        Role::Text => None,
        Role::Date => shape(&seen.text)
            .and_then(|s| resolve(s, reading.order, pivot).ok())
            .map(|date| i64::from(date.to_number())),
        Role::Amount => read(&seen.text, seen.kind, reading.mark, 4).ok(),
    };
    match number {
        Some(number) => hasher.field(&number.to_le_bytes()),
        None => hasher.field(collapse(&seen.text).as_bytes()),
    };
}

/// Whether every reading gives this row the same identity.
pub(crate) fn is_certain<'m>(reader: &Reader<'m>, fields: &'m [(Value, Role)], scene: &Scene<'_>) -> bool {
    fields.iter().all(|(value, role)| {
        if *role == Role::Text {
            return true;
        }
        let seen = reader.read(value, scene);
        match role {
            Role::Date => !matches!(shape(&seen.text), Some(Shape::Two(..) | Shape::Three(..))),
            _ => evidence(&seen.text, seen.kind) == MarkEvidence::None,
        }
    })
}
