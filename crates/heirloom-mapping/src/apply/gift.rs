//! One row of a gift file: everything that can be read of it, then a gift or what is known.

use heirloom_model::{
    Code, Designation, Designations, Gift, GiftDate, GiftDetails, GiftIdentity, Known, Money, Place, Placed,
    SourceRow, Tender, TenderKind, UnevenSplit,
};

use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::read::{Scene, Seen};
use crate::rules::gift_type::Verdict;
use crate::rules::worth::Worth;
use crate::rules::{self, amount, error_cell};
use crate::spec::{GiftSpec, YesNo};

/// Whether a row is a gift by itself or may be a part of one.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Grain {
    Gift,
    Part,
}

/// All that could be read of a gift row. Where something is `None`, a finding says why.
pub(super) struct Draft<'r> {
    pub row: &'r SourceRow,
    pub desk: Desk<'r>,
    pub identity: Option<GiftIdentity>,
    pub donor: Option<Option<String>>,
    pub date: Option<GiftDate>,
    pub amount: Option<Money>,
    pub amount_seen: Seen<'r>,
    pub kind: Option<TenderKind>,
    /// Whether it takes money back.
    pub is_reversal: bool,
    pub tender: Option<Tender>,
    pub parts: Option<Vec<Designation>>,
    pub details: GiftDetails,
}

impl<'a> Mapper<'a> {
    /// A row that is a gift by itself.
    pub(super) fn gift(&self, spec: &'a GiftSpec, row: &SourceRow) -> Placed {
        match self.draft(spec, row, Grain::Gift) {
            Ok(draft) => draft.into_placed(),
            Err(excluded) => *excluded,
        }
    }

    /// Reads a row; an excluded one comes back as it is placed.
    pub(super) fn draft<'r>(
        &'r self,
        spec: &'a GiftSpec,
        row: &'r SourceRow,
        grain: Grain,
    ) -> Result<Draft<'r>, Box<Placed>>
    where
        'a: 'r,
    {
        let (scene, dangling) = self.scene(row);
        let reader = &self.reader;
        let (verdict, worth) = self.judged(spec, row, &scene)?;
        let mut desk = Desk::new(reader, 0, row);
        rules::ragged_row::check(&mut desk, row);
        rules::gift_type::report(&mut desk, &verdict);
        let is_reversal = matches!(verdict, Verdict::Reversal);
        let identity = match is_reversal && spec.takes_off_refunds() {
            // It is never sent by itself.
            true => None,
            false => rules::gift_id::check(&mut desk, self, &spec.identity, &scene, row.id.sequence()),
        };
        let donor = rules::gift_donor::check(&mut desk, self, spec, &scene);
        rules::join::report(&mut desk, self, &dangling);
        if let Some(rule) = rules::exclude::hold(reader, &scene) {
            desk.add_text(Code::TypeHeld, "", rule);
        }
        let kind = if is_reversal {
            Some(TenderKind::Reversing)
        } else {
            rules::method::kind(&mut desk, spec, &reader.read_option(spec.method.as_ref(), &scene))
        };
        let date = rules::gift_date::check(&mut desk, self, &reader.read(&spec.date, &scene));
        let amount = worth.money;
        if error_cell::is_usable(&mut desk, &worth.seen) {
            worth.report(&mut desk, self.ctx.currency);
        }
        let zero = if grain == Grain::Gift { amount::Zero::Refused } else { amount::Zero::Allowed };
        amount::sign(&mut desk, &worth.seen, amount, kind, zero);
        if is_reversal && amount.is_some_and(|a| a.minor() > 0) {
            desk.add(Code::TypeHeld, &worth.seen, "a reversal takes money back; this amount is not negative");
        }
        let currency = reader.read_option(spec.currency.as_ref(), &scene);
        error_cell::is_usable(&mut desk, &currency);
        let parts = self.parts(&mut desk, spec, &scene, &worth);
        let mut notes = Vec::new();
        worth.notes(&mut notes);
        let tender = kind.and_then(|k| rules::method::tender(&mut desk, self, spec, &scene, k, &mut notes));
        let details = self.details(&mut desk, spec, &scene, (&worth, notes));
        let amount_seen = worth.seen;
        Ok(Draft {
            row,
            desk,
            identity,
            donor,
            date,
            amount,
            amount_seen,
            kind,
            is_reversal,
            tender,
            parts,
            details,
        })
    }

    /// What a row's type says, and what it is worth; one that a rule leaves out comes back as it is placed.
    fn judged<'r>(
        &self,
        spec: &'a GiftSpec,
        row: &SourceRow,
        scene: &Scene<'r>,
    ) -> Result<(Verdict<'a, 'r>, Worth<'r>), Box<Placed>>
    where
        'a: 'r,
    {
        let left_out = |rule| Err(Box::new(self.excluded(spec, row, scene, rule)));
        if let Some(rule) = rules::exclude::rule(&self.reader, scene) {
            return left_out(rule);
        }
        let verdict = rules::gift_type::verdict(&self.reader, spec, scene);
        match verdict {
            Verdict::Excluded(rule) => return left_out(rule),
            Verdict::Promise(kind, rule) => {
                return Err(Box::new(self.promised(spec, row, scene, (kind, rule))));
            }
            _ => {}
        }
        let worth = rules::worth::worth(self, spec, scene);
        match (&verdict, rules::worth::left_out(&worth, spec)) {
            (Verdict::Gift, Some(rule)) => left_out(rule),
            _ => Ok((verdict, worth)),
        }
    }

    fn parts(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a GiftSpec,
        scene: &Scene<'_>,
        worth: &Worth<'_>,
    ) -> Option<Vec<Designation>> {
        if let Some(designations) = &spec.designations {
            return rules::designations::check(desk, self, spec, designations, scene, worth);
        }
        let fund = self.reader.read_option(spec.fund.as_ref(), scene);
        let required = spec.fund.as_ref().is_some_and(|f| f.required);
        let project = rules::fund::check(desk, spec, &fund, required)?;
        Some(vec![Designation { project, amount: worth.money? }])
    }

    pub(super) fn excluded(
        &self,
        spec: &'a GiftSpec,
        row: &SourceRow,
        scene: &Scene<'_>,
        rule: &str,
    ) -> Placed {
        let reader = &self.reader;
        let known = Known {
            amount: rules::worth::worth(self, spec, scene).money,
            date: self.quiet_date(&reader.read(&spec.date, scene)),
            project: spec
                .fund
                .as_ref()
                .and_then(|fund| rules::fund::quiet(self, spec, &reader.read(fund, scene))),
            tender: rules::method::quiet(spec, &reader.read_option(spec.method.as_ref(), scene)),
            is_donor: false,
        };
        let place = Place::Excluded { rule: rule.to_owned(), known, promise: None };
        Placed { row: row.id, revision: 0, place, findings: Vec::new() }
    }

    fn details(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a GiftSpec,
        scene: &Scene<'_>,
        (worth, mut notes): (&Worth<'_>, Vec<String>),
    ) -> GiftDetails {
        let reader = &self.reader;
        let segment = spec.appeal.as_ref().and_then(|appeal| {
            rules::appeal::check(desk, spec, &reader.read(appeal, scene), appeal.required)
        });
        let receipt_date = spec.receipt_date.as_ref().and_then(|value| {
            let seen = reader.read(value, scene);
            if !error_cell::is_usable(desk, &seen) || seen.is_blank() {
                return None;
            }
            let date = self.quiet_date(&seen);
            if date.is_none() {
                desk.add(Code::BadDate, &seen, "the date of the receipt");
            }
            date
        });
        let is_private = self.yes_no(desk, spec.private.as_ref(), scene).unwrap_or(false);
        let is_tax_deductible = self.yes_no(desk, spec.tax_deductible.as_ref(), scene);
        let tribute = self.tribute(desk, spec, scene, &mut notes);
        let pays = self.pays(desk, &spec.extras, scene, &mut notes);
        for (label, value) in &spec.notes {
            let seen = reader.read(value, scene);
            if error_cell::is_usable(desk, &seen) && !seen.is_blank() {
                notes.push(format!("{label}: {}", seen.text));
            }
        }
        GiftDetails {
            segment,
            notes: joined(notes),
            receipt_date,
            is_private,
            is_tax_deductible,
            tribute,
            soft_credits: rules::soft_credit::check(desk, self, spec, scene, worth),
            custom: self.custom(desk, &spec.extras, scene),
            pays,
        }
    }

    fn yes_no(&self, desk: &mut Desk<'_>, spec: Option<&'a YesNo>, scene: &Scene<'_>) -> Option<bool> {
        let spec = spec?;
        let seen = self.reader.read(&spec.value, scene);
        if seen.is_blank() && spec.no.is_none() {
            return None;
        }
        rules::flag::check(desk, spec, &seen)
    }
}

fn joined(mut notes: Vec<String>) -> Option<String> {
    match notes.len() {
        0 => None,
        1 => notes.pop(),
        _ => Some(notes.join("; ")),
    }
}

/// The parts of one amount; most gifts have one.
fn whole((amount, mut parts): (Money, Vec<Designation>)) -> Result<Designations, UnevenSplit> {
    match parts.pop() {
        Some(only) if parts.is_empty() && only.amount == amount => {
            Ok(Designations::single(only.project, amount))
        }
        last => {
            parts.extend(last);
            Designations::new(amount, parts)
        }
    }
}

impl Draft<'_> {
    pub fn known(&self) -> Known {
        let project = self.parts.as_deref().and_then(|parts| match parts {
            [first, rest @ ..] if rest.iter().all(|p| p.project == first.project) => {
                Some(first.project.clone())
            }
            _ => None,
        });
        Known { amount: self.amount, date: self.date, project, tender: self.kind, is_donor: false }
    }

    /// Left out by a rule, worth what it says.
    pub fn left_out(self, rule: &str) -> Placed {
        let place = Place::Excluded { rule: rule.to_owned(), known: self.known(), promise: None };
        Placed { row: self.row.id, revision: 0, place, findings: Vec::new() }
    }

    pub fn held(self) -> Placed {
        let place = Place::Held { known: self.known() };
        Placed { row: self.row.id, revision: 0, place, findings: self.desk.into_findings() }
    }

    pub(super) fn into_placed(mut self) -> Placed {
        if self.desk.blocks() {
            return self.held();
        }
        let designations = self.amount.zip(self.parts.take()).map(whole);
        match designations {
            Some(Ok(designations)) => self.with(designations, 1),
            Some(Err(uneven)) => {
                self.desk.add_text(Code::UnevenDesignations, "", uneven.to_string());
                self.held()
            }
            None => {
                self.desk.add_text(Code::BadAmount, "", "nothing could be made of the row");
                self.held()
            }
        }
    }

    /// The gift, of `rows` rows; held where something it needs is missing after all.
    pub fn with(mut self, designations: Designations, rows: u32) -> Placed {
        let whole = (self.identity.take(), self.donor.take(), self.date, self.tender.take());
        let (Some(identity), Some(donor), Some(date), Some(tender)) = whole else {
            self.desk.add_text(Code::TenderLacks, "", "nothing could be made of the row");
            return self.held();
        };
        let gift = Gift {
            row: self.row.id,
            rows,
            identity,
            donor,
            date,
            tender,
            designations,
            details: self.details,
        };
        Placed {
            row: self.row.id,
            revision: 0,
            place: Place::Gift(Box::new(gift)),
            findings: self.desk.into_findings(),
        }
    }
}
