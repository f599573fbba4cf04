//! G017: rows of one split gift must name one donor and one day.

use heirloom_model::{Code, GiftDate};

use crate::desk::Desk;

/// What the parts of a gift must share, as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shared {
    pub donor: Option<Option<String>>,
    pub date: Option<GiftDate>,
}

/// Compares a further row with the first.
pub(crate) fn check(desk: &mut Desk<'_>, first: &Shared, own: &Shared, first_row: u32) {
    let differs = |a: bool, what: &str| a.then(|| format!("its {what} is not that of row {first_row}"));
    let donor = differs(first.donor.is_some() && own.donor.is_some() && first.donor != own.donor, "donor");
    let date = differs(first.date.is_some() && own.date.is_some() && first.date != own.date, "date");
    for detail in [donor, date].into_iter().flatten() {
        desk.add_text(Code::SplitDisagrees, "", detail);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn parts_that_disagree_hold_the_whole_gift() {
        let file = Gifts::new(
            "[grain]\nrow = \"part\"",
            &[
                "1|D1|1/31/2020|6|GEN|Cash",
                "2|D1|1/31/2020|1|GEN|Cash",
                "1|D2|1/30/2020|4|ROOF|Cash",
                "2|D1|1/31/2020|2|ROOF|Cash",
            ],
        );
        assert_eq!(file.codes(), ["held G017", "gift", "held G017 G017", "part"]);
    }
}
