//! What rows are called: the id or identity from which a key is made, whatever else is wrong with a row.

use heirloom_model::{GiftIdentity, SourceRow};

use crate::identity::{IdentityReading, first64, identity};
use crate::read::{Reader, Scene};
use crate::spec::{Body, Identity, Mapping};
use crate::survey::Survey;

impl Mapping {
    /// Whether gifts are named by a digest of other columns.
    pub fn derives_ids(&self) -> bool {
        matches!(&self.body, Body::Gift(spec) if matches!(spec.identity, Identity::Derived(_)))
    }
}

/// Names the rows of one surveyed file.
pub struct Naming<'a> {
    mapping: &'a Mapping,
    survey: &'a Survey,
    reader: Reader<'a>,
    reading: IdentityReading,
}

impl<'a> Naming<'a> {
    /// Names rows of the file that was surveyed with this mapping.
    pub fn new(mapping: &'a Mapping, survey: &'a Survey) -> Naming<'a> {
        let reading = IdentityReading::of(mapping, &survey.verdicts);
        Naming { mapping, survey, reader: Reader::new(mapping, [&survey.ground]), reading }
    }

    /// What a row is called, as the gift or donor that it is or would be; `None` if its id is blank.
    pub fn of(&self, row: &SourceRow) -> Option<GiftIdentity> {
        let scene = Scene::of(0, row);
        let id = match &self.mapping.body {
            Body::Gift(spec) => match &spec.identity {
                Identity::Id(id) => id,
                Identity::Derived(fields) => {
                    let digest = identity(&self.reader, fields, &scene, self.reading)?;
                    let ordinal = self.survey.twin(row.id.sequence(), first64(digest)).unwrap_or(1);
                    return Some(GiftIdentity::Derived { digest: digest.short(), ordinal });
                }
            },
            Body::Donor(spec) => &spec.id,
        };
        self.reader.read(id, &scene).into_option().map(GiftIdentity::Legacy)
    }

    /// The rows of gifts that are the same in every identity column, by their place in the file.
    pub fn twins(&self) -> impl Iterator<Item = u32> + '_ {
        self.survey.twins.iter().map(|twin| twin.sequence)
    }
}

#[cfg(test)]
mod tests {
    use heirloom_model::{GiftIdentity, Place};

    use super::Naming;
    use crate::testing::Gifts;

    #[test]
    fn a_row_is_called_what_its_gift_is_called_and_has_a_name_when_it_is_held() {
        let rows = [
            "1|D1|1/31/2020|1|GEN|Cash",
            "2|D1|no day|1|GEN|Cash",
            "|D1|1/31/2020|1|GEN|Cash",
            "3|D1|1/31/2020|1|GEN|Cash",
        ];
        for layout in ["", "[fields]\nid = { derive = [\"donor\", \"date\", \"amount\"] }"] {
            let file = Gifts::new(layout, &rows);
            let (mapping, survey) = (file.mapping(), file.survey().unwrap());
            let naming = Naming::new(&mapping, &survey);
            let names: Vec<_> = file.rows[1..].iter().map(|row| naming.of(row)).collect();
            for (placed, name) in file.placed().iter().zip(&names) {
                match &placed.place {
                    Place::Gift(gift) => assert_eq!(Some(&gift.identity), name.as_ref()),
                    _ if layout.is_empty() => assert!(name.is_some() || placed.row.sequence() == 3),
                    _ => assert!(matches!(name, Some(GiftIdentity::Derived { .. }))),
                }
            }
            assert!(names[1].is_some());
        }
    }
}
