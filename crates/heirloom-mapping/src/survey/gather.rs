//! What a survey learns of keys: ids and identities of rows, and what they refer to.

use heirloom_model::SourceRow;

use super::Survey;
use crate::ground::{Ground, Twin};
use crate::identity::{IdentityReading, first64, hash64, identity, is_certain};
use crate::read::{Reader, Scene};
use crate::rules;
use crate::spec::{
    Body, DonorRows, GiftRows, GiftSpec, Identity, Mapping, RefundAction, Role, Unused, Value,
};

#[derive(Default)]
pub(super) struct Keys {
    rows: Vec<(u64, u32)>,
    /// For readings that are not the first: hashes of the rows where they differ.
    others: [Vec<(u32, u64)>; 4],
    references: Vec<Vec<u64>>,
    compact_at: usize,
    /// Hashes of the ids under which refunds are sent themselves.
    refunds: Vec<u64>,
}

impl Keys {
    /// Nothing yet, for a mapping with so many joins.
    pub fn new(joins: usize) -> Self {
        Keys { references: vec![Vec::new(); joins], compact_at: 1 << 16, ..Keys::default() }
    }

    /// Learns from a row of data.
    pub fn learn(&mut self, mapping: &Mapping, ground: &Ground, row: &SourceRow) {
        let reader = Reader::new(mapping, [ground]);
        let scene = Scene::of(0, row);
        self.refer(mapping, &reader, &scene);
        if rules::exclude::by_main(&reader, &scene).is_some() {
            return;
        }
        match &mapping.body {
            Body::Gift(spec) => {
                let is_left_out = match rules::gift_type::by_main(&reader, spec, &scene) {
                    rules::gift_type::Verdict::Excluded(_) | rules::gift_type::Verdict::Promise(..) => true,
                    rules::gift_type::Verdict::Gift | rules::gift_type::Verdict::Reversal => false,
                    _ => matches!(spec.rows, GiftRows::Gift | GiftRows::Refund),
                };
                if is_left_out {
                    return;
                }
                let of = rules::refund::of(&reader, spec, &scene).filter(|of| !of.is_blank());
                if let Some(of) = of {
                    self.rows.push((hash64(&of.text), row.id.sequence()));
                    return self.own_id(&reader, spec, &scene);
                }
                match &spec.identity {
                    Identity::Id(value) => self.id(&reader, value, &scene, row),
                    Identity::Derived(fields) => self.derived(&reader, fields, &scene, row),
                }
            }
            Body::Donor(spec) => self.id(&reader, &spec.id, &scene, row),
        }
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

    /// The id of a refund that may be sent under it.
    fn own_id<'m>(&mut self, reader: &Reader<'m>, spec: &'m GiftSpec, scene: &Scene<'_>) {
        let refund = spec.refund.as_ref();
        let is_sent = refund.is_some_and(|r| [r.whole, r.part, r.alone].contains(&RefundAction::Reverse));
        if let Identity::Id(value) = &spec.identity
            && is_sent
        {
            let seen = reader.read(value, scene);
            self.refunds.extend((!seen.is_blank()).then(|| hash64(&seen.text)));
        }
    }

    /// Refunds that are sent under an id that another row claims too.
    fn settle_refunds(&mut self, survey: &mut Survey) {
        self.refunds.sort_unstable();
        for equal in self.refunds.chunk_by(|a, b| a == b) {
            let is_claimed = self.rows.binary_search_by_key(&equal[0], |(hash, _)| *hash).is_ok();
            survey.duplicates.extend((equal.len() > 1 || is_claimed).then_some(equal[0]));
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
        survey.references = std::mem::take(&mut self.references);
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
        self.settle_refunds(survey);
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
