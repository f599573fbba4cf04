//! Soft credits: who else is recognised for a gift. Never money of their own.

use heirloom_model::{Code, SoftCredit};

use super::worth::Worth;
use super::{damaged_number, error_cell, gift_donor};
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::read::Scene;
use crate::spec::{GiftSpec, SoftCreditSpec};

/// All soft credits of a gift; two for one donor in one role are one.
pub(crate) fn check<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    gift: &'a GiftSpec,
    scene: &Scene<'_>,
    worth: &Worth<'_>,
) -> Vec<SoftCredit> {
    let mut credits: Vec<SoftCredit> = Vec::new();
    for spec in &gift.soft_credits {
        match spec.from {
            None => join(&mut credits, one(desk, mapper, spec, scene, worth)),
            Some(table) => {
                for row in mapper.rows_of(table, scene) {
                    let (inner, _) = mapper.inside(scene, table, row);
                    join(&mut credits, one(desk, mapper, spec, &inner, worth));
                }
            }
        }
    }
    credits
}

pub(crate) fn join(credits: &mut Vec<SoftCredit>, credit: Option<SoftCredit>) {
    let Some(credit) = credit else { return };
    match credits.iter_mut().find(|c| c.donor == credit.donor && c.role == credit.role) {
        Some(same) => same.amount = same.amount.or(credit.amount),
        None => credits.push(credit),
    }
}

fn one<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    spec: &'a SoftCreditSpec,
    scene: &Scene<'_>,
    worth: &Worth<'_>,
) -> Option<SoftCredit> {
    if !spec.when.iter().all(|c| mapper.reader.holds(c, scene)) {
        return None;
    }
    let donor = mapper.reader.read(&spec.donor, scene);
    if !error_cell::is_usable(desk, &donor) || !damaged_number::is_whole(desk, &donor) || donor.is_blank() {
        return None;
    }
    gift_donor::exists(desk, mapper, &donor);
    let role = mapper.reader.read_option(spec.role.as_ref(), scene).into_option();
    let seen = mapper.reader.read_option(spec.amount.as_ref(), scene);
    let amount = super::amount::check(desk, mapper, &seen, worth.currency(mapper.ctx.currency));
    if amount.is_some_and(|a| a.minor() < 0) {
        desk.add(Code::NegativeAmount, &seen, "a soft credit");
    }
    Some(SoftCredit {
        donor: donor.text.into_owned(),
        role: role.unwrap_or_else(|| "Soft Credit".to_owned()),
        amount: amount.map(|a| worth.share(a)).filter(|a| a.minor() != 0),
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn soft_credits_come_from_joined_rows_that_match() {
        let toml = r#"
[[join]]
name = "roles"
file = { name = "r.csv" }
key = "gift"
on = { column = "id" }
many = true
[[soft_credit]]
from = "roles"
when = [ { column = "role", is = ["Soft Credit"] } ]
donor = { column = "who" }
role = { column = "role" }
amount = { column = "amt" }
"#;
        let file = Gifts::new(toml, &["1|D1|1/31/2020|1|GEN|Cash", "2|D1|1/31/2020|1|GEN|Cash"]).with(
            "gift|who|role|amt\n1|D2|Soft Credit|\n1|D3|Solicitor|\n1|D2|Soft Credit|0.50\n2|D9|Soft Credit|",
        );
        assert_eq!(file.codes(), ["gift", "held G010"]);
        let credits = &file.gift(0).details.soft_credits;
        assert_eq!(credits.len(), 1);
        assert_eq!((credits[0].donor.as_str(), credits[0].amount.map(|a| a.minor())), ("D2", Some(50)));
    }
}
