//! The second half of the invented report: donors, plans, what came of them.

use heirloom_model::{ItemKind, ItemState};
use heirloom_report::{DonorBalance, Duplicates, PairLine, PlanLine, ReconcileLine, Ways};

use super::{CONFIRMED, DOUBT, REFUSED, SEALED, WAITING};

pub(super) fn donors() -> DonorBalance {
    DonorBalance {
        records: 906,
        excluded: 4,
        held: 5,
        persons: 871,
        contacts: 811,
        merged_into: 52,
        second_individuals: 34,
        sent: Ways { addresses: 788, phones: 640, emails: 512, flags: 71, references: 866 },
        due_later: Ways { addresses: 12, phones: 31, emails: 19, flags: 0, references: 31 },
        handed_over: Ways { addresses: 3, phones: 8, emails: 12, flags: 2, references: 0 },
    }
}

pub(super) fn duplicates() -> Duplicates {
    let pair = |a: &str, b: &str, percent, reasons: &str| PairLine {
        a: a.into(),
        b: b.into(),
        percent,
        reasons: reasons.into(),
    };
    Duplicates {
        sure: 52,
        review: 9,
        largest: vec![("D-0451".into(), 4), ("D-0077".into(), 3), ("D-1310".into(), 3)],
        examples: vec![
            pair(
                "D-0451",
                "D-2210",
                97,
                "same e-mail, same last name, first name close (Jon, Jonathan); street differs",
            ),
            pair("D-0077", "D-0903", 64, "same address, same last name; birth year missing on one"),
        ],
    }
}

pub(super) fn plans() -> Vec<PlanLine> {
    vec![
        PlanLine {
            name: "2026-03-15-contacts".into(),
            kind: ItemKind::Contact,
            items: 811,
            minor: 0,
            batch: "".into(),
            states: vec![(ItemState::Confirmed, 811, 0)],
            digest: "5d0a7be1c9440f2e5d0a7be1c9440f2e".into(),
        },
        PlanLine {
            name: "2026-03-16-gifts".into(),
            kind: ItemKind::Gift,
            items: SEALED.rows,
            minor: SEALED.minor,
            batch: "HLM-2026-03-16".into(),
            states: vec![
                (ItemState::Parked, DOUBT.rows, DOUBT.minor),
                (ItemState::Refused, REFUSED.rows, REFUSED.minor),
                (ItemState::Waiting, WAITING.rows, WAITING.minor),
                (ItemState::Confirmed, CONFIRMED.rows, CONFIRMED.minor),
            ],
            digest: "a83cc6d1904e7b55a83cc6d1904e7b55".into(),
        },
    ]
}

pub(super) fn reconcile() -> ReconcileLine {
    ReconcileLine {
        gifts: SEALED.rows,
        gifts_minor: SEALED.minor,
        agree: CONFIRMED.rows,
        waiting: WAITING.rows,
        differs: 0,
        missing: DOUBT.rows + REFUSED.rows,
        unexpected: 0,
        not_checked: 0,
        differences: vec!["GF-20417: not at the vendor; $250.00 of 2016-12-29".into()],
    }
}
