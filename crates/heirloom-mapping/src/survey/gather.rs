//! What a survey learns of keys: ids and identities of rows, and what they refer to.

use heirloom_model::SourceRow;

use super::keys::{IdentityReading, first64, hash64, identity, is_certain};
use super::work::Surveyor;
use super::{Survey, Twin};
use crate::read::{Reader, Scene};
use crate::rules;
use crate::spec::{Body, DonorRows, GiftRows, Identity, Mapping, Role, Unused, Value};

#[derive(Default)]
pub(super) struct Keys {
    rows: Vec<(u64, u32)>,
    /// For readings that are not the first: hashes of the rows where they differ.
    others: [Vec<(u32, u64)>; 4],
    references: Vec<Vec<u64>>,
    compact_at: usize,
}

impl Surveyor<'_> {
    pub(super) fn learn_keys(&mut self, row: &SourceRow) {
        let mapping = self.mapping;
        let reader = Reader::new(mapping, [&self.ground]);
        let scene = Scene::of(0, row);
        self.keys.refer(mapping, &reader, &scene);
        if rules::exclude::by_main(&reader, &scene).is_some() {
            return;
        }
        match &mapping.body {
            Body::Gift(spec) => {
                let is_left_out = match rules::gift_type::by_main(&reader, spec, &scene) {
                    rules::gift_type::Verdict::Excluded(_) | rules::gift_type::Verdict::Promise(..) => true,
                    rules::gift_type::Verdict::Gift | rules::gift_type::Verdict::Reversal => false,
                    _ => spec.rows == GiftRows::Gift,
                };
                if is_left_out {
                    return;
                }
                match &spec.identity {
                    Identity::Id(value) => self.keys.id(&reader, value, &scene, row),
                    Identity::Derived(fields) => self.keys.derived(&reader, fields, &scene, row),
                }
            }
            Body::Donor(spec) => self.keys.id(&reader, &spec.id, &scene, row),
        }
    }
}

impl Keys {
    /// Nothing yet, for a mapping with so many joins.
    pub fn new(joins: usize) -> Self {
        Keys { references: vec![Vec::new(); joins], compact_at: 1 << 16, ..Keys::default() }
    }

    /// Notes which companion rows a main row refers to, where the mapping asks for unused ones.
    fn refer<'m>(&mut self, mapping: &'m Mapping, reader: &Reader<'m>, scene: &Scene<'_>) {
        let mut total = 0;
        for (join, references) in mapping.companions.iter().zip(&mut self.references) {
            if join.on_table == 0 && join.unused != Unused::Ignore {
                let seen = reader.read(&join.on, scene);
                if !seen.is_blank() {
                    references.push(hash64(&seen.text));
                }
                total += references.len();
            }
        }
        if total >= self.compact_at {
            self.compact();
            self.compact_at = 2 * self.references.iter().map(Vec::len).sum::<usize>().max(1 << 15);
        }
    }

    fn compact(&mut self) {
        for references in &mut self.references {
            references.sort_unstable();
            references.dedup();
        }
    }

    fn id<'m>(&mut self, reader: &Reader<'m>, value: &'m Value, scene: &Scene<'_>, row: &SourceRow) {
        let seen = reader.read(value, scene);
        if !seen.is_blank() && !seen.is_error {
            self.rows.push((hash64(&seen.text), row.id.sequence()));
        }
    }

    fn derived<'m>(
        &mut self,
        reader: &Reader<'m>,
        fields: &'m [(Value, Role)],
        scene: &Scene<'_>,
        row: &SourceRow,
    ) {
        let sequence = row.id.sequence();
        let mapping = reader.mapping;
        let mut readings = IdentityReading::OPEN;
        for reading in &mut readings {
            reading.order = mapping.order.unwrap_or(reading.order);
            reading.mark = mapping.mark.unwrap_or(reading.mark);
        }
        let Some(digest) = identity(reader, fields, scene, readings[0]) else {
            return;
        };
        let first = first64(digest);
        self.rows.push((first, sequence));
        if readings.iter().all(|r| *r == readings[0]) || is_certain(reader, fields, scene) {
            return;
        }
        for (index, reading) in readings.iter().enumerate().skip(1) {
            if let Some(digest) = identity(reader, fields, scene, *reading)
                && first64(digest) != first
            {
                self.others[index].push((sequence, first64(digest)));
            }
        }
    }

    pub fn settle(mut self, mapping: &Mapping, survey: &mut Survey) {
        self.compact();
        survey.references = self.references;
        let mut are_parts = false;
        let mut are_twins = false;
        if let Body::Gift(spec) = &mapping.body {
            are_parts = spec.rows != GiftRows::Gift;
            if let Identity::Derived(fields) = &spec.identity {
                are_twins = true;
                let settled = IdentityReading::settled(mapping, fields, &survey.verdicts);
                let index = IdentityReading::OPEN.iter().position(|r| *r == settled).unwrap_or(0);
                let differing = std::mem::take(&mut self.others[index]);
                replace(&mut self.rows, &differing);
            }
        }
        if let Body::Donor(spec) = &mapping.body {
            are_parts = spec.rows == DonorRows::Gift;
        }
        self.rows.sort_unstable();
        for equal in self.rows.chunk_by(|a, b| a.0 == b.0).filter(|e| e.len() > 1) {
            let (hash, first) = equal[0];
            if are_parts {
                survey.members.extend(equal[1..].iter().map(|(_, row)| (first, *row)));
            } else if are_twins {
                let twins = equal.iter().enumerate();
                survey.twins.extend(twins.map(|(i, (_, sequence))| Twin {
                    sequence: *sequence,
                    hash,
                    ordinal: i as u32 + 1,
                }));
            } else {
                survey.duplicates.push(hash);
            }
        }
        survey.members.sort_unstable();
        survey.twins.sort_unstable_by_key(|t| t.sequence);
    }
}

/// Both lists are in order of rows.
fn replace(rows: &mut [(u64, u32)], differing: &[(u32, u64)]) {
    let mut rest = differing;
    for (hash, sequence) in rows {
        if let [(next, other), after @ ..] = rest
            && next == sequence
        {
            *hash = *other;
            rest = after;
        }
    }
}
