//! The fitted model: stored at the first link, kept until a person goes back before link, so that
//! later files are judged as the first ones were.

use heirloom_ledger::Ledger;
use heirloom_linkage::{Model, Numbers};
use heirloom_model::{Digest, Hasher};

use crate::failure::Result;

/// The stage under whose recipes models are kept: one for each version of the scorer.
const STAGE: &str = "link model";
const PHASE: &str = "model";

/// Changes when the scorer changes in a way that alters results.
pub(super) const LINKAGE_VERSION: u32 = 3;

/// The model that is kept, and of how many records it was learned.
///
/// # Errors
/// Storage.
pub fn stored(ledger: &Ledger) -> Result<Option<(Model, u64)>> {
    let Some(recipe) = ledger.recipe_number(STAGE, digest())? else { return Ok(None) };
    let kept = ledger.link_phase(recipe, PHASE)?;
    Ok(kept.and_then(|bytes| decode(&bytes)))
}

/// Keeps a model.
///
/// # Errors
/// Storage.
pub fn keep(ledger: &Ledger, model: &Model, records: u64) -> Result<()> {
    Ok(ledger.save_link_phase(recipe(ledger)?, PHASE, &encode(&model.to_numbers(), records))?)
}

/// Forgets every model: the next link learns anew.
///
/// # Errors
/// Storage.
pub fn forget(ledger: &Ledger) -> Result<()> {
    Ok(ledger.forget_phase(STAGE, PHASE)?)
}

fn recipe(ledger: &Ledger) -> Result<i64> {
    Ok(ledger.recipe(STAGE, digest(), &format!("linkage: {LINKAGE_VERSION}"))?)
}

fn digest() -> Digest {
    Hasher::new().field(&LINKAGE_VERSION.to_le_bytes()).finish()
}

/// Fixed-width numbers, little-endian: what comes back is bit for bit what went in.
fn encode(numbers: &Numbers, records: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |number: u64| bytes.extend_from_slice(&number.to_le_bytes());
    put(records);
    put(numbers.rules.into());
    numbers.thresholds.iter().for_each(|cut| put(cut.to_bits()));
    put(numbers.shares.len() as u64);
    numbers.shares.iter().for_each(|share| put(share.to_bits()));
    put(numbers.counted_of.len() as u64);
    numbers.counted_of.iter().for_each(|&of| put(of.into()));
    put(numbers.counts.len() as u64);
    for &(kind, hash, count) in &numbers.counts {
        put(kind.into());
        put(hash);
        put(count.into());
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<(Model, u64)> {
    let mut numbers = bytes.chunks(8).map(|chunk| chunk.try_into().map(u64::from_le_bytes).ok());
    let mut next = || numbers.next().flatten();
    let records = next()?;
    let rules = u32::try_from(next()?).ok()?;
    let thresholds = [f64::from_bits(next()?), f64::from_bits(next()?)];
    let shares = (0..next()?).map(|_| next().map(f64::from_bits)).collect::<Option<Vec<f64>>>()?;
    let counted_of = (0..next()?).map(|_| u32::try_from(next()?).ok()).collect::<Option<Vec<u32>>>()?;
    let count = |next: &mut dyn FnMut() -> Option<u64>| {
        Some((u8::try_from(next()?).ok()?, next()?, u32::try_from(next()?).ok()?))
    };
    let counts = (0..next()?).map(|_| count(&mut next)).collect::<Option<Vec<_>>>()?;
    let model = Model::from_numbers(&Numbers { shares, counts, counted_of, rules, thresholds })?;
    next().is_none().then_some((model, records))
}

#[cfg(test)]
mod tests {
    use heirloom_linkage::{File, Record, RecordKind};

    use super::*;

    #[test]
    fn a_model_comes_back_bit_for_bit() {
        let records: Vec<Record> = (0..50)
            .map(|id| {
                let mut record = Record::new(id, RecordKind::Person);
                record.first = ["Ann", "Bob", "Lee"][id as usize % 3].into();
                record.last = format!("Family{}", id / 5);
                record
            })
            .collect();
        let model = File::read(&records).score(None).model;
        let bytes = encode(&model.to_numbers(), 50);
        let (back, learned_of) = decode(&bytes).unwrap();
        assert_eq!((back, learned_of), (model, 50));
        assert_eq!(decode(&bytes[1..]), None);
        assert_eq!(decode(&[]), None);
    }
}
