//! G008, G009, G020: what identifies a gift, and gifts that cannot be told apart.

use heirloom_model::{Code, GiftIdentity};

use super::{damaged_number, error_cell};
use crate::desk::Desk;
use crate::identity::{first64, hash64, identity};
use crate::mapper::Mapper;
use crate::read::Scene;
use crate::spec::Identity;

pub(crate) fn check<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    spec: &'a Identity,
    scene: &Scene<'_>,
    sequence: u32,
) -> Option<GiftIdentity> {
    let value = match spec {
        Identity::Id(value) => value,
        Identity::Derived(fields) => {
            let Some(digest) = identity(&mapper.reader, fields, scene, mapper.identity_reading) else {
                desk.add_text(Code::NoGiftId, "", "every column the id is derived from is blank");
                return None;
            };
            let ordinal = mapper.survey.twin(sequence, first64(digest));
            if ordinal.is_some() {
                desk.add_text(Code::Twins, "", "");
            }
            return Some(GiftIdentity::Derived { digest: digest.short(), ordinal: ordinal.unwrap_or(1) });
        }
    };
    let seen = mapper.reader.read(value, scene);
    if !error_cell::is_usable(desk, &seen) || !damaged_number::is_whole(desk, &seen) {
        return None;
    }
    if seen.is_blank() {
        desk.add(Code::NoGiftId, &seen, "");
        return None;
    }
    let duplicates = &mapper.survey.duplicates;
    if !duplicates.is_empty() && duplicates.binary_search(&hash64(&seen.text)).is_ok() {
        desk.add(Code::GiftIdTwice, &seen, "");
    }
    Some(GiftIdentity::Legacy(seen.text.into_owned()))
}

#[cfg(test)]
mod tests {
    use heirloom_model::{GiftIdentity, Place};

    use crate::testing::Gifts;

    #[test]
    fn a_gift_needs_an_id_of_its_own() {
        let file = Gifts::new(
            "",
            &[
                "1|D1|1/31/2020|1|GEN|Cash",
                "|D1|1/31/2020|1|GEN|Cash",
                "7|D1|1/31/2020|1|GEN|Cash",
                "7|D2|1/31/2020|1|GEN|Cash",
            ],
        );
        assert_eq!(file.codes(), ["gift", "held G008", "held G009", "held G009"]);
    }

    #[test]
    fn a_gift_keeps_its_id_wherever_its_row_stands() {
        let identity = |rows: &[&str], at: usize| match &Gifts::new("", rows).placed()[at].place {
            Place::Gift(gift) => gift.identity.clone(),
            other => panic!("{other:?}"),
        };
        let (one, other) = ("A-7|D1|1/31/2020|1|GEN|Cash", "B-1|D2|1/31/2020|1|GEN|Cash");
        assert_eq!(identity(&[one, other], 0), GiftIdentity::Legacy("A-7".to_owned()));
        assert_eq!(identity(&[other, one], 1), identity(&[one], 0));
    }

    #[test]
    fn twins_are_numbered_in_the_order_of_the_file_however_they_are_written() {
        let derive = "[fields]\nid = { derive = [\"donor\", \"date\", \"amount\"] }";
        let file = Gifts::new(
            derive,
            &[
                "|D1|2020-01-31|1.00|GEN|Cash",
                "|D2|2020-01-31|1.00|GEN|Cash",
                "|D1|1/31/2020|$1|GEN|Check",
                "|D1|2/3/2020|1|GEN|Check",
                "|D1|3 Feb 2020|1|GEN|Check",
                "|D1|Mar 2 2020|1|GEN|Check",
            ],
        );
        let placed = file.placed();
        let ordinals: Vec<(u32, usize)> = placed
            .iter()
            .map(|p| match &p.place {
                Place::Gift(gift) => match &gift.identity {
                    GiftIdentity::Derived { ordinal, .. } => (*ordinal, p.findings.len()),
                    GiftIdentity::Legacy(_) => panic!("derived"),
                },
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ordinals, [(1, 1), (1, 0), (2, 1), (1, 1), (2, 1), (1, 0)]);
    }
}
