//! F004: the file's own total against the sum of its rows.

use heirloom_model::{Code, Finding, RowRef};

use crate::ground::TotalRow;

pub(crate) fn finding(at: RowRef, total: &TotalRow) -> Finding {
    Finding {
        code: Code::TotalDiffers,
        at,
        column: None,
        seen: crate::text::shorten(&total.said, 200),
        detail: format!("the rows above it make {}", total.sum),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_total_that_is_not_the_sum_is_reported_and_is_no_gift() {
        let file = |total: &str| {
            Gifts::new(
                "[file]\ntotal = \"^(grand )?total\"",
                &[
                    "1|D1|1/31/2020|10.00|GEN|Cash",
                    "2|D1|1/31/2020|5.50|GEN|Cash",
                    &format!("Grand Total|||{total}||"),
                ],
            )
        };
        let right = file("$15.50").survey().unwrap();
        assert_eq!((right.data_rows(), right.findings().len()), (2, 0));
        let wrong = file("16.00").survey().unwrap();
        assert_eq!(wrong.findings()[0].detail, "the rows above it make 15.50");
        assert_eq!(wrong.findings()[0].at.row_number, 4);
    }

    #[test]
    fn the_last_row_may_say_total_anywhere() {
        let file = Gifts::new(
            "[file]\ntotal = \"total\"",
            &[
                "1|D1|1/31/2020|10.00|GEN|Cash",
                "2|D1|1/31/2020|10.00|GEN|Cash total fee",
                "2 gifts|in total||20.00||",
            ],
        );
        assert_eq!(file.survey().unwrap().data_rows(), 2);
    }
}
