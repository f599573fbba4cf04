//! Adds the chain up again: a report whose totals do not follow from each other is refused.

use heirloom_model::Currency;

use crate::words;
use crate::{ChainKind, Report};

/// Where a chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Break {
    #[error("show a chain without a start and an end")]
    Open,
    #[error("show a chain with a second start, or with lines after its end, at line {line}")]
    Order { line: usize },
    #[error("show a chain that does not add up: line {line} says {said}, the lines above give {found}")]
    Sum { line: usize, said: String, found: String },
    #[error("show a chain that takes away more than there is at line {line}")]
    Below { line: usize },
}

impl Report {
    /// Recomputes the chain from its first line: every subtotal and the end must follow
    /// from the lines above, in rows and in minor units.
    ///
    /// # Errors
    /// Says which line (from 1) breaks the chain, in words that fit after "cannot".
    pub fn check_chain(&self) -> Result<(), String> {
        self.follow_chain().map_err(|broken| broken.to_string())
    }

    fn follow_chain(&self) -> Result<(), Break> {
        let [first, .., last] = self.chain.as_slice() else {
            return Err(Break::Open);
        };
        if first.kind != ChainKind::Start || last.kind != ChainKind::End {
            return Err(Break::Open);
        }
        let mut running = (first.rows, first.minor);
        for (line, step) in self.chain.iter().enumerate().skip(1) {
            let line = line + 1;
            match step.kind {
                ChainKind::Start => return Err(Break::Order { line }),
                ChainKind::End if line != self.chain.len() => return Err(Break::Order { line }),
                ChainKind::Minus => {
                    let rows = running.0.checked_sub(step.rows);
                    let minor = running.1.checked_sub(step.minor);
                    running = rows.zip(minor).ok_or(Break::Below { line })?;
                }
                ChainKind::Subtotal | ChainKind::End if running == (step.rows, step.minor) => {}
                ChainKind::Subtotal | ChainKind::End => {
                    return Err(Break::Sum {
                        line,
                        said: both(step.rows, step.minor, self.currency),
                        found: both(running.0, running.1, self.currency),
                    });
                }
            }
        }
        Ok(())
    }
}

fn both(rows: u64, minor: i128, currency: Currency) -> String {
    format!("{}, {}", words::count(rows, "row"), words::money(minor, currency))
}

#[cfg(test)]
mod tests {
    use crate::ChainKind::{End, Minus, Start, Subtotal};
    use crate::{ChainKind, ChainLine, invented};

    fn verdict(lines: &[(ChainKind, u64, i128)]) -> Result<(), String> {
        let mut report = invented::food_bank();
        report.chain = lines
            .iter()
            .map(|&(kind, rows, minor)| ChainLine {
                label: String::new(),
                rows,
                minor,
                kind,
                note: String::new(),
            })
            .collect();
        report.check_chain()
    }

    #[test]
    fn a_chain_that_adds_up_passes() {
        assert_eq!(invented::food_bank().check_chain(), Ok(()));
        let refund = [(Start, 3, 900), (Minus, 1, -100), (End, 2, 1_000)];
        assert_eq!(verdict(&refund), Ok(()));
    }

    #[test]
    fn a_chain_that_does_not_add_up_is_refused_with_its_line() {
        let check = |lines: &[_], expected: &str| {
            let broken = verdict(lines).unwrap_err();
            assert!(broken.contains(expected), "{broken}");
        };
        check(&[], "without a start");
        check(&[(Start, 1, 1)], "without a start");
        check(&[(Minus, 1, 1), (End, 0, 0)], "without a start");
        check(&[(Start, 1, 1), (Subtotal, 1, 1)], "without a start");
        check(&[(Start, 1, 1), (Start, 1, 1), (End, 1, 1)], "second start");
        check(&[(Start, 1, 1), (End, 1, 1), (End, 1, 1)], "after its end");
        check(&[(Start, 2, 100), (Minus, 3, 1), (End, 0, 0)], "more than");
        check(&[(Start, 2, i128::MIN), (Minus, 1, 1), (End, 0, 0)], "more than");
        check(&[(Start, 2, 100), (End, 1, 100)], "line 2 says 1 row");
        check(
            &[(Start, 2, 100), (Minus, 1, 40), (Subtotal, 1, 61), (End, 1, 61)],
            "line 3 says 1 row, $0.61, the lines above give 1 row, $0.60",
        );
    }
}
