//! C010: a flag is yes or no, and nothing is guessed.

use heirloom_model::Code;

use super::error_cell;
use crate::desk::Desk;
use crate::read::Seen;
use crate::spec::YesNo;
use crate::text::{same, trim};

const YES: [&str; 6] = ["yes", "y", "true", "t", "1", "x"];
const NO: [&str; 5] = ["no", "n", "false", "f", "0"];

/// Reads a flag; `None` after a finding.
pub(crate) fn check(desk: &mut Desk<'_>, spec: &YesNo, seen: &Seen<'_>) -> Option<bool> {
    if !error_cell::is_usable(desk, seen) {
        return None;
    }
    let among = |list: &Option<Vec<String>>, default: &[&str]| match list {
        Some(list) => list.iter().any(|t| same(trim(t), &seen.text)),
        None => default.iter().any(|t| same(t, &seen.text)),
    };
    let is_yes = among(&spec.yes, &YES) || spec.yes.is_none() && &*seen.text == "-1";
    let is_no = among(&spec.no, &NO) || spec.no.is_none() && seen.is_blank();
    match (is_yes, is_no) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => {
            desk.add(Code::UnknownFlag, seen, "");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use heirloom_model::Flag;

    use crate::testing::Gifts;

    #[test]
    fn a_flag_is_never_guessed() {
        let check = |spec: &str, rows: &[&str], expected: &[&str]| {
            let toml = format!(
                "[fields]\nlast = {{ column = \"last\" }}\n[flags]\ndeceased = {{ column = \"dead\"{spec} }}"
            );
            let file = Gifts::donors(&toml, "id|last|dead", rows);
            assert_eq!(file.codes(), expected);
            file
        };
        let file = check(
            "",
            &["1|Lee|Yes", "2|Lee|-1", "3|Lee|", "4|Lee|maybe"],
            &["donor C007", "donor C007", "donor C007", "held C010 C007"],
        );
        assert!(
            file.donor(0).flags.contains(&Flag::Deceased) && file.donor(1).flags.contains(&Flag::Deceased)
        );
        assert!(file.donor(0).kind.people().next().unwrap().deceased);
        assert!(file.donor(2).flags.is_empty());
        check(
            ", yes = [\"D\"], no = [\"A\"]",
            &["1|Lee|d", "2|Lee|A", "3|Lee|"],
            &["donor C007", "donor C007", "held C010 C007"],
        );
    }
}
