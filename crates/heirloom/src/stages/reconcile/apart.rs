//! What the last reading of the target found apart from what was sealed.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::{EvidenceOf, Ledger};
use heirloom_model::{ItemId, ItemKind};

use crate::failure::Result;

/// Items that should be at the target and are not, with why.
///
/// # Errors
/// Storage.
pub fn missing(ledger: &Ledger) -> Result<BTreeMap<ItemId, String>> {
    let mut found = BTreeMap::new();
    for kind in [ItemKind::Contact, ItemKind::Gift] {
        let evidence = ledger.evidence(EvidenceOf::Kind(kind))?;
        let absent = evidence.into_iter().filter(|e| e.target == 0);
        found.extend(absent.filter_map(|e| Some((e.item, e.differs.into_iter().next()?))));
    }
    Ok(found)
}

/// Items that were not there, or with something other than what was sealed.
///
/// # Errors
/// Storage.
pub fn differing(ledger: &Ledger) -> Result<BTreeSet<ItemId>> {
    let mut found = BTreeSet::new();
    for kind in [ItemKind::Contact, ItemKind::Gift] {
        let evidence = ledger.evidence(EvidenceOf::Kind(kind))?;
        found.extend(evidence.into_iter().filter(|e| !e.differs.is_empty()).map(|e| e.item));
    }
    Ok(found)
}
