//! G010, G011: the donor a gift names.

use heirloom_model::Code;

use super::{damaged_number, error_cell};
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::read::{Scene, Seen};
use crate::spec::GiftSpec;

/// The donor's id; `Some(None)` is the agreed anonymous donor, `None` a donor that blocks.
pub(crate) fn check<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    spec: &'a GiftSpec,
    scene: &Scene<'_>,
) -> Option<Option<String>> {
    let seen = mapper.reader.read(&spec.donor, scene);
    if !error_cell::is_usable(desk, &seen) || !damaged_number::is_whole(desk, &seen) {
        return None;
    }
    if seen.is_blank() {
        if spec.blank_donor_is_anonymous && !spec.donor.required {
            return Some(None);
        }
        desk.add(Code::NoDonor, &seen, "");
        return None;
    }
    exists(desk, mapper, &seen).then(|| Some(seen.text.into_owned()))
}

/// Whether the donor is known; says so if not.
pub(crate) fn exists(desk: &mut Desk<'_>, mapper: &Mapper<'_>, seen: &Seen<'_>) -> bool {
    let exists = mapper.ctx.known_donors.is_none_or(|known| known.contains(&seen.text));
    if !exists {
        desk.add(Code::UnknownDonor, seen, "");
    }
    exists
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_gift_needs_a_donor_who_exists() {
        let rows = ["1|D1|1/31/2020|1|GEN|Cash", "2||1/31/2020|1|GEN|Cash", "3|D9|1/31/2020|1|GEN|Cash"];
        assert_eq!(Gifts::new("", &rows).codes(), ["gift", "held G011", "held G010"]);
        let anonymous = Gifts::new("[fields]\ndonor_blank = \"anonymous\"", &rows);
        assert_eq!(anonymous.codes(), ["gift", "gift", "held G010"]);
    }
}
