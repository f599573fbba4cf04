//! G016, G012: designations from a joined file, by amount or percent of a whole.

use heirloom_model::{Code, Currency, Designation, Money, share_out};

use super::worth::Worth;
use super::{error_cell, fund, join};
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::number::read_percent;
use crate::read::{Scene, Seen};
use crate::spec::{DesignationSpec, GiftSpec, PartSpec};
use crate::value::Value;

/// A hundred percent, in the millionths that [`read_percent`] gives.
const WHOLE_PERCENT: i128 = 100_000_000;

/// One declared part before it is shared out.
struct Declared {
    project: Option<String>,
    weight: Weight,
}

#[derive(Clone, Copy)]
enum Weight {
    /// Minor units of the whole.
    Minor(i64),
    /// Millionths of a percent.
    Percent(i64),
}

/// The gift's parts; `None` after a finding that blocks.
pub(crate) fn check<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    gift: &'a GiftSpec,
    spec: &'a DesignationSpec,
    scene: &Scene<'_>,
    worth: &Worth<'_>,
) -> Option<Vec<Designation>> {
    let amount = worth.money;
    let currency = worth.currency(mapper.ctx.currency);
    let declared = match gathered(desk, mapper, gift, spec, (scene, currency)) {
        Gathered::Parts(declared) => declared,
        Gathered::One(project) => return Some(vec![Designation { project: project?, amount: amount? }]),
    };
    let declared: Vec<Declared> = declared.into_iter().collect::<Option<_>>()?;
    let whole = match &spec.whole {
        None => worth.given?,
        Some(value) => {
            let seen = mapper.reader.read(value, scene);
            let Some(whole) = super::amount::quiet(mapper, &seen, currency) else {
                desk.add(Code::UnevenDesignations, &seen, "the whole that the parts divide cannot be read");
                return None;
            };
            whole
        }
    };
    let weights = match weigh(&declared, whole.minor(), spec.rest.is_some()) {
        Ok(weights) => weights,
        Err(detail) => {
            desk.add_text(Code::UnevenDesignations, "", detail);
            return None;
        }
    };
    let amount = amount?;
    let shares = share_out(amount.minor(), &weights);
    let Some(shares) = shares else {
        desk.add_text(Code::UnevenDesignations, "", "there is nothing to share by");
        return None;
    };
    let projects = declared.into_iter().map(|d| d.project).chain([spec.rest.clone()]);
    let mut parts = Vec::new();
    for (project, share) in projects.zip(shares) {
        if share != 0 {
            parts.push(Designation { project: project?, amount: Money::new(share, amount.currency()) });
        }
    }
    Some(parts)
}

/// What a gift's row and the rows joined to it say of its funds.
enum Gathered {
    /// Every part; `None` after a finding that blocks.
    Parts(Vec<Option<Declared>>),
    /// One fund for all of it; `None` after a finding that blocks.
    One(Option<String>),
}

fn gathered<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    gift: &'a GiftSpec,
    spec: &'a DesignationSpec,
    (scene, currency): (&Scene<'_>, Currency),
) -> Gathered {
    let is_blank = |value: &&Option<Value>| mapper.reader.read_option(value.as_ref(), scene).is_blank();
    let mut declared = Vec::new();
    match spec.from {
        Some(from) => {
            for row in mapper.rows_of(from, scene) {
                let (inner, dangling) = mapper.inside(scene, from, row);
                join::report(desk, mapper, &dangling);
                declared.extend(spec.parts.iter().map(|p| part(desk, mapper, gift, p, (&inner, currency))));
            }
        }
        None => {
            let is_filled = |p: &&PartSpec| {
                !mapper.reader.read(&p.fund, scene).is_blank()
                    || ![&p.amount, &p.percent].iter().all(is_blank)
            };
            let filled: Vec<&PartSpec> = spec.parts.iter().filter(is_filled).collect();
            // The only fund of a row takes all of it, whether or not its amount is said again.
            if let [only] = filled.as_slice()
                && [&only.amount, &only.percent].iter().all(is_blank)
            {
                let seen = mapper.reader.read(&only.fund, scene);
                return Gathered::One(fund::check(desk, gift, &seen, only.fund.required));
            }
            declared.extend(filled.into_iter().map(|p| part(desk, mapper, gift, p, (scene, currency))));
        }
    }
    if declared.is_empty() {
        return Gathered::One(fund::check(desk, gift, &Seen::blank(), false));
    }
    Gathered::Parts(declared)
}

fn part<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    gift: &'a GiftSpec,
    spec: &'a PartSpec,
    (inner, currency): (&Scene<'_>, Currency),
) -> Option<Declared> {
    let fund = mapper.reader.read(&spec.fund, inner);
    let project = fund::check(desk, gift, &fund, spec.fund.required);
    let amount = mapper.reader.read_option(spec.amount.as_ref(), inner);
    let percent = mapper.reader.read_option(spec.percent.as_ref(), inner);
    if !error_cell::is_usable(desk, &amount) || !error_cell::is_usable(desk, &percent) {
        return None;
    }
    let money = super::amount::quiet(mapper, &amount, currency);
    let weight = match money.filter(|m| m.minor() != 0 || percent.is_blank()) {
        Some(money) => Some(Weight::Minor(money.minor())),
        None if amount.is_blank() || money.is_some() => {
            read_percent(&percent.text, percent.kind, mapper.mark(&percent)).map(Weight::Percent)
        }
        None => None,
    };
    if weight.is_none() {
        let seen = if amount.is_blank() { &percent } else { &amount };
        desk.add(Code::UnevenDesignations, seen, "a part has neither an amount nor a percentage");
    }
    project.is_some().then_some(())?;
    weight.map(|weight| Declared { project, weight })
}

/// Weights of the declared parts and, last, of the rest.
fn weigh(declared: &[Declared], whole: i64, has_rest: bool) -> Result<Vec<i64>, String> {
    let sign = if whole < 0 { -1 } else { 1 };
    let whole = i128::from(whole) * sign;
    let mut weights: Vec<i128> = declared
        .iter()
        .map(|d| match d.weight {
            Weight::Minor(minor) => i128::from(minor) * sign * WHOLE_PERCENT,
            Weight::Percent(percent) => whole * i128::from(percent),
        })
        .collect();
    let target = whole * WHOLE_PERCENT;
    let sum: i128 = weights.iter().sum();
    // Thirds are written 33.33: percentages may miss the whole by a hundredth each.
    let all_percent = declared.iter().all(|d| matches!(d.weight, Weight::Percent(_)));
    let slack = if all_percent { whole * 10_000 * declared.len() as i128 } else { 0 };
    let rest = target - sum;
    if weights.iter().any(|w| *w < 0) {
        return Err("a part has the other sign than the whole".to_owned());
    }
    if rest < -slack {
        return Err("the parts are more than the whole".to_owned());
    }
    if rest > slack && !has_rest {
        return Err(
            "the parts are less than the whole, and the mapping names no project for the rest".to_owned()
        );
    }
    weights.push(if rest > slack { rest } else { 0 });
    let shrink = weights.iter().fold(0, |a, b| gcd(a, *b)).max(1);
    weights
        .into_iter()
        .map(|w| i64::try_from(w / shrink).map_err(|_| "the amounts are too large".to_owned()))
        .collect()
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Gifts;

    const SPEC: &str = r#"
[[join]]
name = "allocations"
file = { name = "a.csv" }
key = "gift"
on = { column = "id" }
many = true
[values.fund]
ROOF = "ROOF"
GEN = "GEN"
[designations]
from = "allocations"
fund = { column = "fund" }
amount = { column = "amt" }
percent = { column = "pct" }
"#;

    fn parts(toml: &str, amount: &str, allocations: &str) -> String {
        let row = format!("1|D1|1/31/2020|{amount}|GEN|Cash|100");
        let rows = [row.as_str()];
        let file = Gifts::new(&format!("{SPEC}{toml}"), &rows)
            .without("fund")
            .with(&format!("gift|fund|amt|pct\n{allocations}"));
        match file.codes()[0].as_str() {
            "gift" => {
                let gift = file.gift(0);
                let parts: Vec<String> = gift
                    .designations
                    .parts()
                    .iter()
                    .map(|p| format!("{} {}", p.project, p.amount.minor()))
                    .collect();
                parts.join(", ")
            }
            other => other.to_owned(),
        }
    }

    #[test]
    fn parts_are_shared_out_to_the_cent() {
        assert_eq!(parts("", "100.00", "1|ROOF||50\n1|GEN||50"), "ROOF 5000, GEN 5000");
        assert_eq!(parts("", "0.01", "1|ROOF||50\n1|GEN||50"), "ROOF 1");
        assert_eq!(parts("", "10.00", "1|ROOF||33.33\n1|GEN||33.33\n1|GEN||33.33"), "ROOF 334, GEN 666");
        assert_eq!(parts("", "10.00", "1|ROOF|2.50|\n1|GEN|7.50|"), "ROOF 250, GEN 750");
        assert_eq!(parts("", "10.00", "1|ROOF|2.50|\n1|GEN||75"), "ROOF 250, GEN 750");
        assert_eq!(
            parts("whole = { column = \"Extra\" }", "10.00", "1|ROOF|25.00|25\n1|GEN|75.00|75"),
            "ROOF 250, GEN 750"
        );
        assert_eq!(parts("rest = \"GEN\"", "10.00", "1|ROOF|2.50|"), "ROOF 250, GEN 750");
    }

    const INDEXED: &str = r#"[designations]
repeat = 3
fund = { column = "Fnds_1_{n}_Fund" }
amount = { column = "Fnds_1_{n}_Amount" }
"#;

    #[test]
    fn parts_may_stand_in_numbered_columns_of_the_gifts_row() {
        let header =
            "id|donor|date|amount|method|Fnds_1_01_Fund|Fnds_1_01_Amount|Fnds_1_02_Fund|Fnds_1_02_Amount";
        let rows = [
            "1|D1|1/31/2020|10.00|Cash|ROOF|4.00|GEN|6.00",
            "2|D1|1/31/2020|10.00|Cash|ROOF|||",
            "3|D1|1/31/2020|10.00|Cash|ROOF|4.00|GEN|",
            "4|D1|1/31/2020|10.00|Cash||||",
        ];
        let file = Gifts::with_header(INDEXED, header, &rows).without("fund");
        assert_eq!(file.codes(), ["gift", "gift", "held G016", "held G012"]);
        let shown = |i: usize| -> Vec<(String, i64)> {
            let gift = file.gift(i);
            gift.designations.parts().iter().map(|p| (p.project.clone(), p.amount.minor())).collect()
        };
        assert_eq!(shown(0), [("ROOF".to_owned(), 400), ("GEN".to_owned(), 600)]);
        assert_eq!(shown(1), [("ROOF".to_owned(), 1000)]);
    }

    #[test]
    fn parts_that_do_not_make_the_whole_hold_the_gift() {
        assert_eq!(parts("", "10.00", "1|ROOF|2.50|"), "held G016");
        assert_eq!(parts("", "10.00", "1|ROOF|12.50|"), "held G016");
        assert_eq!(parts("", "10.00", "1|ROOF||"), "held G016");
        assert_eq!(parts("", "10.00", "1|ROOF|-1|\n1|GEN|11|"), "held G016");
        assert_eq!(parts("", "10.00", "2|ROOF|10|"), "held G012");
        assert_eq!(parts("", "10.00", "1|STAIRS|10|"), "held G012");
    }

    proptest! {
        #[test]
        fn weights_always_make_the_whole_amount(
            whole in 1i64..1_000_000_000,
            cuts in prop::collection::vec(0i64..100_000_000, 0..6),
            amount in 1i64..1_000_000_000,
        ) {
            let mut points = cuts;
            points.push(0);
            points.push(100_000_000);
            points.sort_unstable();
            let declared: Vec<Declared> = points
                .windows(2)
                .map(|w| Declared { project: Some("P".into()), weight: Weight::Percent(w[1] - w[0]) })
                .collect();
            let weights = weigh(&declared, whole, false).unwrap();
            let shares = share_out(amount, &weights).unwrap();
            prop_assert_eq!(shares.iter().sum::<i64>(), amount);
            prop_assert_eq!(*shares.last().unwrap(), 0);
        }
    }
}
