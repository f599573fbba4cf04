//! C001, C002: what identifies a donor.

use heirloom_model::Code;

use super::{damaged_number, error_cell};
use crate::desk::Desk;
use crate::identity::hash64;
use crate::mapper::Mapper;
use crate::read::Scene;
use crate::spec::DonorSpec;

pub(crate) fn check<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    spec: &'a DonorSpec,
    scene: &Scene<'_>,
) -> Option<String> {
    let seen = mapper.reader.read(&spec.id, scene);
    if !error_cell::is_usable(desk, &seen) || !damaged_number::is_whole(desk, &seen) {
        return None;
    }
    if seen.is_blank() {
        desk.add(Code::NoDonorId, &seen, "");
        return None;
    }
    let duplicates = &mapper.survey.duplicates;
    if !duplicates.is_empty() && duplicates.binary_search(&hash64(&seen.text)).is_ok() {
        desk.add(Code::DonorIdTwice, &seen, "");
    }
    Some(seen.text.into_owned())
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_donor_needs_an_id_of_its_own() {
        let file = Gifts::donors(
            "[fields]\nlast = { column = \"last\" }",
            "id|last",
            &["1|Lee", "|Poe", "2|Ray", "2|Roy"],
        );
        assert_eq!(file.codes(), ["donor C007", "held C001 C007", "held C002 C007", "held C002 C007"]);
    }
}
