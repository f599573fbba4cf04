//! Courts over a whole column: in which order its dates are written, and with which decimal mark.

use heirloom_model::CellKind;

use crate::SurveyProblem;
use crate::dates::{Order, Shape, Year, shape};
use crate::ground::{Ground, Verdict};
use crate::number::{Mark, MarkEvidence, evidence};

/// A row that decided, or left open, a question.
#[derive(Clone, Debug)]
struct Sample {
    sheet: u16,
    row_number: u32,
    text: String,
}

/// Rows that speak for one answer.
#[derive(Clone, Debug, Default)]
struct Votes {
    count: u64,
    samples: Vec<Sample>,
}

impl Votes {
    fn add(&mut self, sheet: u16, row_number: u32, text: &str) {
        self.count += 1;
        if self.samples.len() < 3 {
            self.samples.push(Sample { sheet, row_number, text: text.to_owned() });
        }
    }

    fn shown(&self, ground: &Ground) -> String {
        let rows: Vec<String> = self
            .samples
            .iter()
            .map(|s| {
                let sheet = ground.row_ref(s.sheet, s.row_number).sheet;
                let sheet = sheet.map_or_else(String::new, |name| format!("sheet {name} "));
                format!("{sheet}row {} says \"{}\"", s.row_number, crate::text::shorten(&s.text, 40))
            })
            .collect();
        rows.join(", ")
    }
}

/// The dates of one column.
#[derive(Clone, Debug, Default)]
pub(crate) struct DateCourt {
    month_first: Votes,
    day_first: Votes,
    open: Votes,
    short_years: Votes,
}

/// One side may be wrong about this share of the rows that decide.
fn outvotes(many: u64, few: u64) -> bool {
    few * 100 <= many
}

impl DateCourt {
    pub fn hear(&mut self, sheet: u16, row_number: u32, text: &str) {
        let short = |year: Year| matches!(year, Year::Short(_));
        let (a, b, is_short) = match shape(text) {
            Some(Shape::Two(a, b, year)) => (a, b, short(year)),
            Some(Shape::Three(a, b, _)) => (a, b, true),
            Some(Shape::Certain(year, _, _)) => {
                if short(year) {
                    self.short_years.add(sheet, row_number, text);
                }
                return;
            }
            None => return,
        };
        if is_short {
            self.short_years.add(sheet, row_number, text);
        }
        match (a, b) {
            (13..=31, 1..=12) => self.day_first.add(sheet, row_number, text),
            (1..=12, 13..=31) => self.month_first.add(sheet, row_number, text),
            (1..=12, 1..=12) if a != b => self.open.add(sheet, row_number, text),
            _ => {}
        }
    }

    pub fn judge(
        &self,
        name: &str,
        declared: Option<Order>,
        pivot: Option<u8>,
        ground: &Ground,
        problems: &mut Vec<SurveyProblem>,
    ) -> Verdict {
        if pivot.is_none()
            && let Some(sample) = self.short_years.samples.first()
        {
            problems.push(SurveyProblem {
                at: Some(ground.row_ref(sample.sheet, sample.row_number)),
                message: format!(
                    "the dates in {name} have two-digit years: {}",
                    self.short_years.shown(ground)
                ),
                why: "98 may be 1998 or 2098; a guess would move gifts by a century".to_owned(),
                help:
                    "write pivot = 30 under [date] in the mapping: years below it are 20xx, the others 19xx"
                        .to_owned(),
            });
        }
        if let Some(order) = declared {
            return Verdict::Date(order);
        }
        let (month, day) = (&self.month_first, &self.day_first);
        if month.count > 0 && outvotes(month.count, day.count) {
            return Verdict::Date(Order::Mdy);
        }
        if day.count > 0 && outvotes(day.count, month.count) {
            return Verdict::Date(Order::Dmy);
        }
        let both = [month, day].iter().all(|v| v.count > 0);
        let sample = if both { month.samples.first() } else { self.open.samples.first() };
        if let Some(sample) = sample {
            let (message, why) = if both {
                (
                    format!(
                        "the dates in {name} are written in two orders: {}; {}",
                        month.shown(ground),
                        day.shown(ground)
                    ),
                    "dates such as 3/7 cannot be told apart then",
                )
            } else {
                (
                    format!(
                        "the dates in {name} can be read as month/day or as day/month: {}",
                        self.open.shown(ground)
                    ),
                    "no row of the file decides, and a guess would move gifts by months",
                )
            };
            problems.push(SurveyProblem {
                at: Some(ground.row_ref(sample.sheet, sample.row_number)),
                message,
                why: why.to_owned(),
                help: "write order = \"mdy\" or order = \"dmy\" under [date] in the mapping".to_owned(),
            });
        }
        Verdict::Date(Order::Mdy)
    }
}

/// The amounts of one column.
#[derive(Clone, Debug, Default)]
pub(crate) struct MarkCourt {
    point: Votes,
    comma: Votes,
    open: Votes,
}

impl MarkCourt {
    pub fn hear(&mut self, sheet: u16, row_number: u32, text: &str, kind: CellKind) {
        match evidence(text, kind) {
            MarkEvidence::None => {}
            MarkEvidence::Either => self.open.add(sheet, row_number, text),
            MarkEvidence::Only(Mark::Point) => self.point.add(sheet, row_number, text),
            MarkEvidence::Only(Mark::Comma) => self.comma.add(sheet, row_number, text),
        }
    }

    /// The mark, if the column itself decides.
    pub fn own(&self) -> Option<Mark> {
        let (point, comma) = (self.point.count, self.comma.count);
        if point > 0 && outvotes(point, comma) {
            Some(Mark::Point)
        } else if comma > 0 && outvotes(comma, point) {
            Some(Mark::Comma)
        } else {
            None
        }
    }

    /// `others` is what the other amount columns of the file say, if they agree.
    pub fn judge(
        &self,
        name: &str,
        declared: Option<Mark>,
        others: Option<Mark>,
        ground: &Ground,
        problems: &mut Vec<SurveyProblem>,
    ) -> Verdict {
        if let Some(mark) = declared.or_else(|| self.own()) {
            return Verdict::Amount(mark);
        }
        let both = self.point.count > 0 && self.comma.count > 0;
        if let (Some(mark), false) = (others, both) {
            return Verdict::Amount(mark);
        }
        let sample = if both { self.point.samples.first() } else { self.open.samples.first() };
        if let Some(sample) = sample {
            let message = if both {
                format!(
                    "the amounts in {name} have two decimal marks: {}; {}",
                    self.point.shown(ground),
                    self.comma.shown(ground)
                )
            } else {
                format!("the amounts in {name} can be read in two ways: {}", self.open.shown(ground))
            };
            problems.push(SurveyProblem {
                at: Some(ground.row_ref(sample.sheet, sample.row_number)),
                message,
                why: "the mark decides between thousands and fractions".to_owned(),
                help: "write decimal = \".\" or decimal = \",\" under [number] in the mapping".to_owned(),
            });
        }
        Verdict::Amount(Mark::Point)
    }
}

/// The court over one column.
pub(super) enum Court {
    Date(DateCourt),
    Amount(MarkCourt),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(texts: &[&str], pivot: Option<u8>) -> Result<Verdict, String> {
        let mut court = DateCourt::default();
        for (i, text) in texts.iter().enumerate() {
            court.hear(0, i as u32 + 2, text);
        }
        let mut problems = Vec::new();
        let verdict = court.judge("\"Date\"", None, pivot, &Ground::default(), &mut problems);
        problems.first().map_or(Ok(verdict), |p| Err(p.message.clone()))
    }

    #[test]
    fn one_day_above_twelve_decides_a_column_and_doubt_stops_it() {
        assert_eq!(dates(&["3/7/1998", "3/25/1998"], None), Ok(Verdict::Date(Order::Mdy)));
        assert_eq!(dates(&["3.7.1998", "25.3.1998"], None), Ok(Verdict::Date(Order::Dmy)));
        assert_eq!(dates(&["1998-03-07", "3/3/1998", ""], None), Ok(Verdict::Date(Order::Mdy)));
        let open = dates(&["3/3/1998", "3/7/1998"], None).unwrap_err();
        assert!(open.contains("row 3 says \"3/7/1998\""), "{open}");
        let both = dates(&["25/3/1998", "3/25/1998"], None).unwrap_err();
        assert!(both.contains("two orders"), "{both}");
        assert!(dates(&["3/25/98"], None).unwrap_err().contains("two-digit years"));
        assert_eq!(dates(&["3/25/98"], Some(30)), Ok(Verdict::Date(Order::Mdy)));
    }

    #[test]
    fn one_slip_in_a_hundred_does_not_overrule_a_column() {
        let mut texts = vec!["3/25/1998"; 100];
        texts.push("25/3/1998");
        assert_eq!(dates(&texts, None), Ok(Verdict::Date(Order::Mdy)));
    }

    fn marks(texts: &[&str]) -> Result<Verdict, String> {
        let mut court = MarkCourt::default();
        for (i, text) in texts.iter().enumerate() {
            court.hear(0, i as u32 + 2, text, CellKind::Text);
        }
        let mut problems = Vec::new();
        let verdict = court.judge("\"Amount\"", None, None, &Ground::default(), &mut problems);
        problems.first().map_or(Ok(verdict), |p| Err(p.message.clone()))
    }

    #[test]
    fn the_decimal_mark_is_decided_by_the_column() {
        assert_eq!(marks(&["1,234", "5.50"]), Ok(Verdict::Amount(Mark::Point)));
        assert_eq!(marks(&["1.234", "5,50"]), Ok(Verdict::Amount(Mark::Comma)));
        assert_eq!(marks(&["5", "100"]), Ok(Verdict::Amount(Mark::Point)));
        assert!(marks(&["1,234", "100"]).unwrap_err().contains("two ways"));
        assert!(marks(&["1,23", "1.23"]).unwrap_err().contains("two decimal marks"));
    }
}
