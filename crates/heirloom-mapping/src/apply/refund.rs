//! Refunds on rows of their own that name the gift they take back: both stand in one group, and the
//! mapping says what becomes of them.

use heirloom_model::{Code, Designation, Designations, Money, Place, Placed, SourceRow};

use super::gift::{Draft, Grain};
use super::group::hold;
use crate::mapper::Mapper;
use crate::spec::{GiftSpec, RefundAction, RefundSpec};

impl<'a> Mapper<'a> {
    /// Places a gift and every refund of it.
    pub(super) fn refunded(&self, spec: &'a GiftSpec, group: Vec<&SourceRow>, placed: &mut Vec<Placed>) {
        let Some(refund) = &spec.refund else { return };
        let (mut gifts, mut refunds) = (Vec::new(), Vec::new());
        for row in group {
            match self.draft(spec, row, Grain::Gift) {
                Ok(draft) if draft.is_reversal => refunds.push(draft),
                Ok(draft) => gifts.push(draft),
                Err(excluded) => placed.push(*excluded),
            }
        }
        match (gifts.len(), refunds.len()) {
            (1, 0) => placed.extend(gifts.into_iter().map(Draft::into_placed)),
            (0, _) => placed.extend(refunds.into_iter().map(|draft| alone(draft, refund))),
            (1, _) => pair(gifts.remove(0), refunds, refund, placed),
            _ => {
                for gift in &mut gifts {
                    gift.desk.add_text(Code::GiftIdTwice, "", "another gift has this id");
                }
                gifts.extend(refunds);
                hold(gifts, placed);
            }
        }
    }
}

/// A refund whose gift is not in the file.
fn alone(mut draft: Draft<'_>, refund: &RefundSpec) -> Placed {
    if refund.alone == RefundAction::Held {
        draft.desk.add_text(Code::RefundUnfit, "", "the gift that it takes back is not in the file");
    }
    draft.into_placed()
}

fn pair(mut gift: Draft<'_>, refunds: Vec<Draft<'_>>, spec: &RefundSpec, placed: &mut Vec<Placed>) {
    let is_strange =
        refunds.iter().any(|r| r.donor.is_some() && gift.donor.is_some() && r.donor != gift.donor);
    if is_strange {
        gift.desk.add_text(Code::RefundUnfit, "", "a refund of it names another donor");
    }
    let amounts = refunds.iter().map(|refund| refund.amount);
    let left = std::iter::once(gift.amount).chain(amounts).reduce(|sum, one| sum?.checked_add(one?).ok());
    let left = left.flatten().map(|left| left.minor());
    let action = match left {
        Some(0) => spec.whole,
        Some(minor) if minor > 0 => spec.part,
        _ => RefundAction::Held,
    };
    if action == RefundAction::Held {
        let detail = match left {
            Some(0) => "all of it went back",
            Some(minor) if minor > 0 => "some of it went back",
            _ => "more went back than was given, or it cannot be added up",
        };
        gift.desk.add_text(Code::RefundUnfit, "", detail);
    }
    let blocks = gift.desk.blocks() || refunds.iter().any(|r| r.desk.blocks());
    if blocks {
        let mut all = vec![gift];
        all.extend(refunds);
        return hold(all, placed);
    }
    match action {
        RefundAction::Drop => {
            placed.extend(std::iter::once(gift).chain(refunds).map(|draft| draft.left_out(&spec.rule)));
        }
        RefundAction::Net => net(gift, refunds, placed),
        RefundAction::Reverse | RefundAction::Held => {
            placed.extend(std::iter::once(gift).chain(refunds).map(Draft::into_placed));
        }
    }
}

/// The gift with what is left of it; its refunds are further rows of it.
fn net(mut gift: Draft<'_>, refunds: Vec<Draft<'_>>, placed: &mut Vec<Placed>) {
    let Some(designations) = rest(&gift, &refunds) else {
        gift.desk.add_text(Code::RefundUnfit, "", "a refund of it names another fund");
        let mut all = vec![gift];
        all.extend(refunds);
        return hold(all, placed);
    };
    let said: Vec<String> = refunds.iter().map(in_words).collect();
    let notes = gift.details.notes.take().into_iter().chain(said);
    gift.details.notes = Some(notes.collect::<Vec<_>>().join("; "));
    let of = gift.row.id;
    let nothing = Money::new(0, designations.total().currency());
    placed.push(gift.with(designations, 1 + refunds.len() as u32));
    for refund in refunds {
        let place = Place::Part { of, amount: refund.amount.unwrap_or(nothing) };
        placed.push(Placed { row: refund.row.id, revision: 0, place, findings: refund.desk.into_findings() });
    }
}

fn in_words(refund: &Draft<'_>) -> String {
    let day = refund.date.map(|date| format!(" on {date}")).unwrap_or_default();
    let money = refund.amount.map(|amount| amount.to_string().replacen('-', "", 1)).unwrap_or_default();
    format!("Of what was given, {money} went back{day}")
}

/// The gift's designations without what went back of each project.
fn rest(gift: &Draft<'_>, refunds: &[Draft<'_>]) -> Option<Designations> {
    let mut parts: Vec<Designation> = gift.parts.clone()?;
    for back in refunds.iter().flat_map(|refund| refund.parts.iter().flatten()) {
        let part = parts.iter_mut().find(|part| part.project == back.project)?;
        part.amount = part.amount.checked_add(back.amount).ok()?;
    }
    parts.retain(|part| part.amount.minor() != 0);
    let whole = parts.iter().try_fold(Money::new(0, gift.amount?.currency()), |sum, part| {
        sum.checked_add(part.amount).ok().filter(|_| part.amount.minor() > 0)
    })?;
    Designations::new(whole, parts).ok()
}

#[cfg(test)]
mod tests {
    use heirloom_model::Place;

    use crate::testing::Gifts;

    const HEADER: &str = "id|donor|date|amount|fund|Method|Kind|Of";

    fn gifts(policy: &str, rows: &[&str]) -> Gifts {
        let toml = format!(
            "[fields]\ntype = {{ column = \"Kind\" }}\n[types]\n\"\" = \"gift\"\nRefund = \"reversal\"\n\
             [refund]\nof = {{ column = \"Of\" }}\n{policy}"
        );
        Gifts::with_header(&toml, HEADER, rows)
    }

    /// What all rows are worth together, by their places.
    fn sum(file: &Gifts) -> i64 {
        let worth = |place: &Place| match place {
            Place::Gift(gift) => gift.amount().minor(),
            Place::Excluded { known, .. } | Place::Held { known } => known.amount.map_or(0, |m| m.minor()),
            _ => 0,
        };
        file.placed().iter().map(|p| worth(&p.place)).sum()
    }

    const WHOLE: [&str; 2] = ["1|D1|1/31/2020|80|GEN|Cash||", "2|D1|2/15/2020|-80|GEN|Cash|Refund|1"];
    const PART: [&str; 3] = [
        "2|D1|2/15/2020|-30|GEN|Cash|Refund|1",
        "1|D1|1/31/2020|80|GEN|Cash||",
        "3|D1|2/16/2020|-20|GEN|Cash|Refund|1",
    ];

    #[test]
    fn a_gift_that_went_back_is_left_out_with_its_refund_or_held_or_sent_with_it() {
        let rule = "excluded refunded in full: the money went back";
        let dropped = gifts("whole = \"drop\"\n", &WHOLE);
        assert_eq!((dropped.codes(), sum(&dropped)), (vec![rule.to_owned(), rule.to_owned()], 0));
        assert_eq!(gifts("", &WHOLE).codes(), ["held G024", "held G024"]);
        assert_eq!(gifts("whole = \"reverse\"\n", &WHOLE).codes(), ["gift", "gift"]);
    }

    #[test]
    fn a_partial_refund_reduces_its_gift_and_both_rows_are_one() {
        let file = gifts("part = \"net\"\n", &PART);
        assert_eq!((file.codes(), sum(&file)), (["part", "gift", "part"].map(String::from).to_vec(), 3_000));
        let gift = file.gift(1);
        assert_eq!((gift.rows, gift.amount().minor()), (3, 3_000));
        let notes = gift.details.notes.unwrap();
        assert!(notes.contains("$30.00 went back on 2020-02-15") && notes.contains("$20.00"), "{notes}");
        assert_eq!(gifts("whole = \"drop\"\n", &PART).codes(), ["held G024"; 3]);
    }

    #[test]
    fn refunds_that_do_not_fit_hold_what_they_touch() {
        let policy = "whole = \"drop\"\npart = \"net\"\n";
        let codes = |rows: &[&str]| gifts(policy, rows).codes();
        assert_eq!(codes(&["2|D1|2/15/2020|-80|GEN|Cash|Refund|9"]), ["held G024"]);
        assert_eq!(
            codes(&["1|D1|1/31/2020|8|GEN|Cash||", "2|D1|2/15/2020|-9|GEN|Cash|Refund|1"]),
            ["held G024"; 2]
        );
        assert_eq!(
            codes(&["1|D1|1/31/2020|8|GEN|Cash||", "2|D2|2/15/2020|-3|GEN|Cash|Refund|1"]),
            ["held G024"; 2]
        );
        assert_eq!(
            codes(&["1|D1|1/31/2020|8|GEN|Cash||", "2|D1|2/15/2020|-3|ROOF|Cash|Refund|1"]),
            ["held G024"; 2]
        );
        let twice = [
            "1|D1|1/31/2020|8|GEN|Cash||",
            "1|D1|1/31/2020|8|GEN|Cash||",
            "2|D1|2/15/2020|-8|GEN|Cash|Refund|1",
        ];
        assert_eq!(codes(&twice), ["held G009"; 3]);
    }

    #[test]
    fn a_refund_that_is_sent_by_itself_needs_an_id_of_its_own() {
        let rows = ["1|D1|1/31/2020|80|GEN|Cash||", "1|D1|2/15/2020|-80|GEN|Cash|Refund|1"];
        assert_eq!(gifts("whole = \"reverse\"\n", &rows).codes(), ["held G009", "held G009"]);
        assert_eq!(gifts("whole = \"drop\"\n", &rows).codes().len(), 2);
        assert_eq!(sum(&gifts("whole = \"drop\"\n", &rows)), 0);
    }

    #[test]
    fn what_went_back_beside_an_amount_is_taken_off_left_out_or_held() {
        let rows = [
            "1|D1|1/31/2020|80|GEN|Cash|30.00",
            "2|D1|1/31/2020|70|GEN|Cash|70",
            "3|D1|1/31/2020|60|GEN|Cash|0.00",
            "4|D1|1/31/2020|50|GEN|Cash|51",
            "5|D1|1/31/2020|40|GEN|Cash|some",
        ];
        let policy =
            |words: &str| Gifts::new(&format!("[refund]\namount = {{ column = \"Extra\" }}\n{words}"), &rows);
        let file = policy("whole = \"drop\"\npart = \"net\"\nrule = \"went back\"\n");
        assert_eq!(file.codes(), ["gift", "excluded went back", "gift", "held G024", "held G024"]);
        assert_eq!(
            (file.gift(0).amount().minor(), sum(&file)),
            (5_000, 5_000 + 7_000 + 6_000 + 5_000 + 4_000)
        );
        assert_eq!(policy("").codes(), ["held G024", "held G024", "gift", "held G024", "held G024"]);
    }
}
