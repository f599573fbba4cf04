//! How the rows of the gift files become gifts: one sum, said in one plain line wherever counts stand.

use heirloom_model::{Currency, Pile, Tally};

use crate::words::{count, money, number};

/// The rows of the gift files, as the files show them, and what each of them is.
///
/// `rows + unfolded` comes from the files and is the sum of all other figures, which come from the
/// piles: [`RowSum::adds_up`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RowSum {
    /// Rows as the files show them: titles, headers and totals, and rows of companion files that no
    /// gift refers to where the mapping counts them.
    pub rows: u64,
    /// Further gifts of rows that hold several.
    pub unfolded: u64,
    /// Gifts that go on.
    pub gifts: u64,
    /// Further rows of gifts that stand on several.
    pub further: u64,
    /// Rows that repeat a gift, such as one for each soft credit.
    pub repeats: u64,
    /// Rows whose gifts were sent from an earlier edition of the file.
    pub sent_before: u64,
    /// Left out by named rules.
    pub excluded: u64,
    /// Waiting for a person.
    pub held: u64,
    /// Left out by a person.
    pub set_aside: u64,
    /// Replaced by a newer edition of their file.
    pub superseded: u64,
    /// Titles, headers, totals and skipped rows.
    pub not_data: u64,
}

impl RowSum {
    /// Whether files and piles say the same.
    pub fn adds_up(&self) -> bool {
        let parts: u64 = self.figures().iter().map(|(rows, _, _)| rows).sum();
        self.rows + self.unfolded == parts
    }

    /// `(rows, what one is, what several are)`, in the order of showing.
    fn figures(&self) -> [(u64, &'static str, &'static str); 9] {
        [
            (self.gifts, "gift", "gifts"),
            (self.further, "further row of the same gift", "further rows of the same gifts (split gifts)"),
            (self.repeats, "repeat of a gift", "repeats of gifts"),
            (self.sent_before, "sent from an earlier edition", "sent from an earlier edition"),
            (self.excluded, "left out by a rule", "left out by rules"),
            (self.held, "held", "held"),
            (self.set_aside, "set aside", "set aside"),
            (self.superseded, "of an older file", "of older files"),
            (self.not_data, "title, header or total row", "title, header and total rows"),
        ]
    }

    /// The sum in words: `2,449 rows = 2,338 gifts + 111 further rows of split gifts`.
    pub fn line(&self) -> String {
        let parts: Vec<String> = self
            .figures()
            .into_iter()
            .filter(|(rows, one, _)| *rows > 0 || *one == "gift")
            .map(|(rows, one, several)| format!("{} {}", number(rows), if rows == 1 { one } else { several }))
            .collect();
        let more = match self.unfolded {
            0 => String::new(),
            further => format!(" + {} in the same rows", count(further, "further gift")),
        };
        let doubt = if self.adds_up() { "" } else { "; THIS DOES NOT ADD UP: heirloom verify" };
        format!("{}{more} = {}{doubt}", count(self.rows, "row"), parts.join(" + "))
    }
}

/// Rows in another currency than the report's: counted as rows everywhere, and in no total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignLine {
    /// Where they are.
    pub pile: Pile,
    /// Their currency.
    pub currency: Currency,
    /// How many and how much.
    pub tally: Tally,
}

impl ForeignLine {
    /// Such as `3 rows held, CAD 300.00: in no total here`.
    pub fn line(&self) -> String {
        let rows = count(self.tally.rows, "row");
        format!("{rows} {}, {}: in no total here", self.pile, money(self.tally.minor, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_shows_what_there_is_and_says_when_it_does_not_add_up() {
        let sum = RowSum {
            rows: 2613,
            gifts: 2338,
            further: 111,
            excluded: 142,
            held: 21,
            not_data: 1,
            ..RowSum::default()
        };
        assert_eq!(
            sum.line(),
            "2,613 rows = 2,338 gifts + 111 further rows of the same gifts (split gifts) + 142 left out by rules + 21 held \
             + 1 title, header or total row"
        );
        let wide = RowSum { rows: 4, unfolded: 3, gifts: 6, not_data: 1, ..RowSum::default() };
        assert_eq!(
            wide.line(),
            "4 rows + 3 further gifts in the same rows = 6 gifts + 1 title, header or total row"
        );
        let wrong = RowSum { rows: 5, gifts: 4, ..RowSum::default() };
        assert!(!wrong.adds_up() && wrong.line().contains("DOES NOT ADD UP"));
    }
}
