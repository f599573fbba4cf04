//! The people of a donor row, from separate columns or from one name.

use heirloom_model::{Code, DonorKind, Person};

use crate::dates::read_birth;
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::people::{Names, couple, given, is_organization, whole};
use crate::read::Scene;
use crate::rules::{self, error_cell};
use crate::spec::{DonorSpec, Value};

impl<'a> Mapper<'a> {
    /// Whether first or last name stand in columns of their own.
    pub(super) fn has_own_names(&self, spec: &'a DonorSpec, scene: &Scene<'_>) -> bool {
        [&spec.person.first, &spec.person.last]
            .into_iter()
            .any(|v| !self.reader.read_option(v.as_ref(), scene).is_blank())
    }

    /// The record's own person and the second one, each if there is a name.
    pub(super) fn people(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a DonorSpec,
        scene: &Scene<'_>,
    ) -> (Option<Person>, Option<Person>) {
        let mut names = self.names(desk, spec, scene);
        self.spouse(desk, spec, scene, &mut names);
        let is_named = |p: &Person| !p.first.is_empty() || !p.last.is_empty();
        let Names { first, second } = names;
        if !is_named(&first) {
            return (second.filter(is_named), None);
        }
        (Some(first), second.filter(is_named))
    }

    fn names(&self, desk: &mut Desk<'_>, spec: &'a DonorSpec, scene: &Scene<'_>) -> Names {
        let fields = &spec.person;
        let own = self.has_own_names(spec, scene);
        let first_seen = self.reader.read_option(fields.first.as_ref(), scene);
        let name_seen = self.reader.read_option(spec.name.as_ref(), scene);
        error_cell::is_usable(desk, &first_seen);
        error_cell::is_usable(desk, &name_seen);
        let last = self.text(desk, fields.last.as_ref(), scene).unwrap_or_default();
        let mut names = if own {
            let first = first_seen.clone().into_option().unwrap_or_default();
            split_first(&first, &last)
        } else if name_seen.is_error || is_organization(&name_seen.text) {
            Names::default()
        } else {
            whole(&name_seen.text)
        };
        if let Some(second) = &names.second {
            let seen = if own { &first_seen } else { &name_seen };
            rules::name::two_in_one(desk, seen, &names.first, second);
        }
        let person = &mut names.first;
        let mut fill = |place: &mut Option<String>, value| {
            if let Some(text) = self.text(desk, value, scene) {
                *place = Some(text);
            }
        };
        fill(&mut person.title, fields.title.as_ref());
        fill(&mut person.middle, fields.middle.as_ref());
        fill(&mut person.suffix, fields.suffix.as_ref());
        fill(&mut person.nickname, fields.nickname.as_ref());
        fill(&mut person.maiden, fields.maiden.as_ref());
        fill(&mut person.gender, fields.gender.as_ref());
        let birth = self.reader.read_option(fields.birth.as_ref(), scene);
        if error_cell::is_usable(desk, &birth) && !birth.is_blank() {
            person.birth =
                read_birth(&birth.text, self.order(&birth), self.mapping.pivot).unwrap_or_default();
        }
        names
    }

    /// Names that the mapping requires.
    pub(super) fn required(&self, desk: &mut Desk<'_>, spec: &'a DonorSpec, scene: &Scene<'_>) {
        let person = &spec.person;
        let fields = [
            &spec.organization,
            &spec.name,
            &person.title,
            &person.first,
            &person.middle,
            &person.last,
            &person.suffix,
            &person.nickname,
            &person.maiden,
            &person.gender,
        ];
        for value in fields.into_iter().flatten().filter(|v| v.required) {
            let seen = self.reader.read(value, scene);
            if seen.is_blank() {
                desk.add(Code::NoName, &seen, "the mapping requires it");
            }
        }
    }

    /// What the donor's record has no place for becomes a note, so that it is not lost.
    pub(super) fn leftovers(
        &self,
        spec: &'a DonorSpec,
        scene: &Scene<'_>,
        kind: Option<&DonorKind>,
        notes: &mut Vec<String>,
    ) {
        let text = |value: &'a Option<Value>| {
            let seen = self.reader.read_option(value.as_ref(), scene);
            seen.into_option().unwrap_or_default()
        };
        let birth = self.reader.read_option(spec.person.birth.as_ref(), scene);
        let is_read = read_birth(&birth.text, self.order(&birth), self.mapping.pivot).is_some();
        if !birth.is_blank() && !birth.is_error && !is_read {
            notes.push(format!("unusable birth date: {}", birth.text));
        }
        let organization = text(&spec.organization);
        if matches!(kind, Some(DonorKind::Household { .. }) | None) {
            if !organization.is_empty() {
                notes.push(format!("organization: {organization}"));
            }
            return;
        }
        let spouse = [&spec.spouse_title, &spec.spouse_first, &spec.spouse_last].map(text).join(" ");
        if !spouse.trim().is_empty() {
            notes.push(format!("second person: {}", spouse.trim()));
        }
    }

    fn spouse(&self, desk: &mut Desk<'_>, spec: &'a DonorSpec, scene: &Scene<'_>, names: &mut Names) {
        let title = self.text(desk, spec.spouse_title.as_ref(), scene);
        let first = self.text(desk, spec.spouse_first.as_ref(), scene);
        let last = self.text(desk, spec.spouse_last.as_ref(), scene);
        if first.is_none() && last.is_none() {
            return;
        }
        names.second = Some(Person {
            title,
            first: first.unwrap_or_default(),
            last: last.unwrap_or_else(|| names.first.last.clone()),
            ..Person::default()
        });
    }
}

/// A first name that may hold two people: `John & Mary`.
fn split_first(first: &str, last: &str) -> Names {
    let with_last = |person: Person| Person { last: last.to_owned(), ..person };
    match couple(first) {
        Some((left, right)) => Names { first: with_last(given(left)), second: Some(with_last(given(right))) },
        None => Names {
            first: Person { first: first.to_owned(), last: last.to_owned(), ..Person::default() },
            second: None,
        },
    }
}
