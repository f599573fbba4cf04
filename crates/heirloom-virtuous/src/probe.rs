//! The live probe: what this organization does with a repeat, and with a list that holds one.
//! One invented gift of $1.00, under a source and ids of its own, never a row of the migration.
//! Whether it made one row or more is read by a person in the next day's import, which they
//! then discard; so what is learned holds for rows in holding, and for nothing else.

use heirloom_model::{Lists, Repeats, SourceName};

use crate::reading::{Reading, Reply, read};
use crate::wire::gift_list;

/// The source under which probes are sent.
const SOURCE: &str = "heirloom-probe";

/// The three calls of a probe, in order; each is sent once, whatever is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    bodies: [String; 3],
}

impl Probe {
    /// A probe with ids of its own: `nonce` must differ from probe to probe, and holds 1 to 40
    /// letters and digits. `contact` and `project` exist at the target; `date` is ISO.
    ///
    /// # Errors
    /// [`ProbeProblem::Nonce`], [`ProbeProblem::Project`] or [`ProbeProblem::Date`].
    pub fn new(nonce: &str, contact: i64, project: &str, date: &str) -> Result<Self, ProbeProblem> {
        let plain = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if !plain(nonce, 40) {
            return Err(ProbeProblem::Nonce);
        }
        if project.trim().is_empty() {
            return Err(ProbeProblem::Project);
        }
        if date.parse::<jiff::civil::Date>().is_err() {
            return Err(ProbeProblem::Date);
        }
        let source = SourceName::new(SOURCE).expect("the probe's source is a source");
        let gift = |letter: &str| {
            serde_json::json!({
                "transactionId": format!("{nonce}-{letter}"),
                "contact": { "id": contact },
                "giftDate": date,
                "giftType": "Cash",
                "amount": "1.00",
                "receiptDate": date,
                "batch": SOURCE,
                "notes": "Invented by a migration tool to learn how repeats are treated. Discard it.",
                "designations": [{ "code": project, "amountDesignated": "1.00" }],
            })
            .to_string()
        };
        let (a, b) = (gift("A"), gift("B"));
        let one = gift_list(&source, SOURCE, None, None, &[&a]);
        Ok(Probe { bodies: [one.clone(), one, gift_list(&source, SOURCE, None, None, &[&a, &b])] })
    }

    /// The bodies to send, in order: the first two are the same to the byte.
    pub fn bodies(&self) -> &[String; 3] {
        &self.bodies
    }
}

/// Why a probe cannot be made, or says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeProblem {
    /// Not 1 to 40 letters and digits.
    #[error("name the probe: use 1 to 40 letters and digits")]
    Nonce,
    /// No project.
    #[error("make the probe: it needs the code of a project")]
    Project,
    /// Not a day.
    #[error("make the probe: it needs a day such as 2026-11-23")]
    Date,
}

/// How one call of the probe was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// Taken.
    Taken,
    /// "Already exists".
    Exists,
    /// Anything else: the probe says nothing.
    Other,
}

impl ProbeAnswer {
    /// Reads an answer.
    pub fn of(reply: &Reply) -> Self {
        match read(reply) {
            Reading::Taken => ProbeAnswer::Taken,
            Reading::Exists { .. } => ProbeAnswer::Exists,
            _ => ProbeAnswer::Other,
        }
    }

    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            ProbeAnswer::Taken => "taken",
            ProbeAnswer::Exists => "already exists",
            ProbeAnswer::Other => "other",
        }
    }

    /// The inverse of [`ProbeAnswer::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [ProbeAnswer::Taken, ProbeAnswer::Exists, ProbeAnswer::Other].into_iter().find(|a| a.as_str() == text)
    }
}

/// What a probe taught, about rows in holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Repeats of rows in holding.
    pub repeats_held: Repeats,
    /// How lists are judged.
    pub lists: Lists,
}

impl Learned {
    /// What the three answers and the rows that a person counted in the import come to. What
    /// they leave open stays unknown.
    pub fn of(answers: [ProbeAnswer; 3], rows_counted: u32) -> Self {
        use ProbeAnswer::{Exists, Taken};
        let (repeats_held, lists) = match (answers, rows_counted) {
            ([Taken, Exists, Exists], 1) => (Repeats::Recognised, Lists::Atomic),
            ([Taken, Exists, Exists], 2) => (Repeats::Recognised, Lists::PerItem),
            // Both gifts and no more: repeats are silently left out, and no list was refused.
            ([Taken, Exists | Taken, Taken], 2) => (Repeats::Recognised, Lists::Unknown),
            // Two gifts were sent: more rows are repeats.
            ([Taken, ..], 3..) => (Repeats::NotRecognised, Lists::Unknown),
            _ => (Repeats::Unknown, Lists::Unknown),
        };
        Learned { repeats_held, lists }
    }
}

#[cfg(test)]
mod tests {
    use super::ProbeAnswer::{Exists, Other, Taken};
    use super::*;

    #[test]
    fn a_probe_repeats_to_the_byte_and_is_no_row_of_the_migration() {
        let probe = Probe::new("k7", 42, "GEN", "2026-11-23").unwrap();
        let [one, again, list] = probe.bodies();
        assert_eq!(one, again);
        assert!(one.starts_with("{\"transactionSource\":\"heirloom-probe\""));
        let item = one.split_once('[').unwrap().1;
        let item = &item[..item.rfind("],\"batch\":\"heirloom-probe\"}").unwrap()];
        assert!(list.contains(item) && list.contains("\"k7-B\""));
        for (nonce, project, date) in [
            ("", "GEN", "2026-11-23"),
            ("a b", "GEN", "2026-11-23"),
            ("k", " ", "2026-11-23"),
            ("k", "GEN", "soon"),
        ] {
            assert!(Probe::new(nonce, 42, project, date).is_err());
        }
    }

    #[test]
    fn only_what_the_count_of_rows_shows_is_learned() {
        let check = |answers, rows, repeats_held, lists| {
            assert_eq!(Learned::of(answers, rows), Learned { repeats_held, lists }, "{answers:?} {rows}");
        };
        check([Taken, Exists, Exists], 1, Repeats::Recognised, Lists::Atomic);
        check([Taken, Exists, Exists], 2, Repeats::Recognised, Lists::PerItem);
        check([Taken, Taken, Taken], 2, Repeats::Recognised, Lists::Unknown);
        check([Taken, Taken, Taken], 4, Repeats::NotRecognised, Lists::Unknown);
        check([Taken, Exists, Exists], 3, Repeats::NotRecognised, Lists::Unknown);
        for unclear in
            [[Other, Taken, Taken], [Taken, Other, Taken], [Taken, Taken, Other], [Exists, Exists, Exists]]
        {
            check(unclear, 2, Repeats::Unknown, Lists::Unknown);
        }
        check([Taken, Taken, Taken], 1, Repeats::Unknown, Lists::Unknown);
        check([Taken, Taken, Taken], 0, Repeats::Unknown, Lists::Unknown);
    }

    /// Against a vendor with each habit, played here by its rows.
    #[test]
    fn each_habit_of_a_vendor_is_told_from_the_others() {
        for (recognises, silent, atomic) in
            [(true, false, true), (true, false, false), (true, true, false), (false, true, false)]
        {
            let mut rows: Vec<char> = Vec::new();
            let mut send = |items: &[char]| {
                let known: Vec<char> =
                    items.iter().copied().filter(|i| recognises && rows.contains(i)).collect();
                let refused = !known.is_empty() && !silent;
                if !(refused && atomic) {
                    rows.extend(items.iter().filter(|i| !known.contains(i)));
                }
                if refused { Exists } else { Taken }
            };
            let answers = [send(&['A']), send(&['A']), send(&['A', 'B'])];
            let learned = Learned::of(answers, u32::try_from(rows.len()).unwrap());
            let expected = if recognises { Repeats::Recognised } else { Repeats::NotRecognised };
            assert_eq!(learned.repeats_held, expected);
            let lists = match (recognises && !silent, atomic) {
                (true, true) => Lists::Atomic,
                (true, false) => Lists::PerItem,
                _ => Lists::Unknown,
            };
            assert_eq!(learned.lists, lists);
        }
    }
}
