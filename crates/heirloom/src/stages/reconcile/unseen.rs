//! What an item that was not seen means: waiting, missing, or nothing at all.

use heirloom_ledger::{Evidence, ItemLine};
use heirloom_model::{ItemState, Moment};

use super::{Absent, Compared, Known, Reading, minor};

/// Where an item that was not seen belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unseen {
    Waiting,
    Missing,
    NotChecked,
}

/// Counts an item that was not seen; a missing one gives evidence, under no id.
pub(super) fn count(
    known: &Known,
    line: &ItemLine,
    reading: Reading,
    now: Moment,
    compared: &mut Compared,
) -> (Unseen, Option<Evidence>) {
    let worth = minor(line.amount);
    let Some(why) = missing(known, line, reading) else {
        if line.state == ItemState::Waiting && reading == Reading::Whole {
            compared.waiting.0 += 1;
            compared.waiting.1 += worth;
            compared.waiting_since = [compared.waiting_since, line.last_attempt].into_iter().flatten().min();
            return (Unseen::Waiting, None);
        }
        compared.not_checked.0 += 1;
        compared.not_checked.1 += worth;
        return (Unseen::NotChecked, None);
    };
    let evidence = Evidence { item: line.item, target: 0, differs: vec![format!("missing: {why}")], at: now };
    compared.missing.push(Absent { key: line.key.clone(), amount: line.amount, why });
    (Unseen::Missing, Some(evidence))
}

/// Why an item that was not seen should have been, if it should.
fn missing(known: &Known, line: &ItemLine, reading: Reading) -> Option<String> {
    if reading == Reading::Partial || line.state == ItemState::Discarded {
        return None;
    }
    match known.earlier.get(&line.item) {
        Some(0) => return Some("it was to be there before, and is not".to_owned()),
        Some(id) => return Some(format!("it was there as {id}, and is no longer")),
        None => {}
    }
    if line.state == ItemState::Confirmed {
        return Some("a look-up found it, and it is no longer there".to_owned());
    }
    // A donor may have a gift's id.
    let said = known.run_said.get(&(line.key.clone(), line.digest));
    let run = said.zip(line.last_attempt).is_some_and(|(said, sent)| *said >= sent);
    (line.state == ItemState::Waiting && run).then(|| "its import was run, and it is not there".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_ledger::PlanId;
    use heirloom_model::{Digest, ItemId, RowId};

    fn line(state: ItemState) -> ItemLine {
        ItemLine {
            item: ItemId(1),
            plan: PlanId(1),
            key: "G-1".into(),
            row: RowId(1),
            bytes: 0,
            amount: None,
            digest: Digest([0; 32]),
            state,
            attempts: 1,
            last_attempt: Some(Moment(100)),
            estranged: None,
            doubtful_sends: 0,
            part: 0,
            free: false,
            given_up: false,
            replaced: false,
            elsewhere: 0,
        }
    }

    fn known(earlier: Option<i64>, run_said: Option<i64>) -> Known {
        Known {
            lines: Vec::new(),
            earlier: earlier.map(|id| (ItemId(1), id)).into_iter().collect(),
            run_said: run_said
                .map(|at| (("G-1".to_owned(), Digest([0; 32])), Moment(at)))
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn absence_counts_only_in_a_whole_reading_of_what_should_be_there() {
        use ItemState::*;
        use Reading::*;
        let table = [
            ("accepted", Waiting, None, None, Whole, Unseen::Waiting),
            ("accepted, a page failed", Waiting, None, None, Partial, Unseen::NotChecked),
            ("its import was run", Waiting, None, Some(200), Whole, Unseen::Missing),
            ("run, a page failed", Waiting, None, Some(200), Partial, Unseen::NotChecked),
            ("sent again after that import", Waiting, None, Some(50), Whole, Unseen::Waiting),
            ("seen before", Confirmed, Some(9), None, Whole, Unseen::Missing),
            ("seen before, a page failed", Confirmed, Some(9), None, Partial, Unseen::NotChecked),
            ("missing before", Waiting, Some(0), None, Whole, Unseen::Missing),
            ("missing, then ruled discarded", Discarded, Some(0), None, Whole, Unseen::NotChecked),
            ("in doubt, its import was run", InDoubt, None, Some(200), Whole, Unseen::NotChecked),
            ("unsent", Unsent, None, None, Whole, Unseen::NotChecked),
        ];
        for (name, state, earlier, run, reading, expected) in table {
            let mut compared = Compared::default();
            let known = known(earlier, run);
            let (unseen, evidence) = count(&known, &line(state), reading, Moment(300), &mut compared);
            assert_eq!(unseen, expected, "{name}");
            assert_eq!(evidence.is_some(), expected == Unseen::Missing, "{name}");
        }
    }
}
