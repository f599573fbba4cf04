//! The parts of a mapping that donor files have.

use heirloom_model::{Flag, PhoneKind};

use super::grain::Grain;
use super::tree::{At, Node, Problems};
use super::value::{Base, Builder};
use super::walk::Table;
use super::{Line, line, value_map};
use crate::spec::{AddressSpec, DonorAction, DonorSpec, FlagKind, PersonSpec, Role, WaySpec, YesNo};

const MAIN: Base = Base { block: None, alone: false };

pub(super) fn body(root: &mut Table, builder: &mut Builder<'_>, grain: Grain) -> Option<DonorSpec> {
    let mut kinds = None;
    if let Some(mut values) = root.table("values", builder.problems) {
        let problems = &mut *builder.problems;
        kinds = values.table("donor_kind", problems).map(|t| value_map(t, problems, donor_action));
        values.finish(problems);
    }
    let addresses = addresses(root, builder);
    let phones = phones(root, builder);
    let emails = emails(root, builder);
    let flags = flags(root, builder);
    let Some(mut fields) = root.table("fields", builder.problems) else {
        builder.problems.add(root.at, "the mapping has no [fields]", "id, first, last, …");
        return None;
    };
    let at = fields.at;
    let kind_at = fields.has("kind");
    let mut text = |key| builder.take(&mut fields, key, Role::Text, MAIN);
    let id = text("id");
    let kind = text("kind");
    let organization = text("organization");
    let name = text("name");
    let [spouse_title, spouse_first, spouse_last, household] =
        ["spouse_title", "spouse_first", "spouse_last", "household"].map(&mut text);
    let person = person(&mut fields, builder);
    let other_ids = builder.labelled(&mut fields, "other_ids");
    let notes = builder.labelled(&mut fields, "notes");
    fields.finish(builder.problems);
    builder.stands_in_main(id.as_ref(), at);
    let never_required = [&spouse_title, &spouse_first, &spouse_last, &household, &person.birth];
    builder.refuse_required(at, never_required);
    if let (Some(at), None) = (kind_at, &kinds) {
        builder.problems.add(at, "fields.kind needs a table [values.donor_kind]", "\"I\" = \"household\"");
    }
    let named = [&organization, &name, &person.first, &person.last];
    let has_name = named.iter().any(|v| v.is_some());
    report_missing(builder.problems, at, id.is_some(), has_name);
    Some(DonorSpec {
        rows: grain.donors,
        id: id?,
        other_ids,
        kind,
        kinds: kinds.unwrap_or_default(),
        organization,
        name,
        person,
        spouse_title,
        spouse_first,
        spouse_last,
        household,
        notes,
        addresses,
        phones,
        emails,
        flags,
    })
}

fn report_missing(problems: &mut Problems, at: At, has_id: bool, has_name: bool) {
    if problems.list.is_empty() && !has_id {
        problems.add(at, "[fields] has no id", "id = { column = \"Constituent ID\" }");
    }
    if problems.list.is_empty() && !has_name {
        problems.add(at, "[fields] has no name", "organization, name, or first and last");
    }
}

fn person(fields: &mut Table, builder: &mut Builder<'_>) -> PersonSpec {
    let mut text = |key| builder.take(fields, key, Role::Text, MAIN);
    PersonSpec {
        title: text("title"),
        first: text("first"),
        middle: text("middle"),
        last: text("last"),
        suffix: text("suffix"),
        nickname: text("nickname"),
        maiden: text("maiden"),
        gender: text("gender"),
        birth: builder.take(fields, "birth", Role::Date, MAIN),
    }
}

fn donor_action(node: Node, problems: &mut Problems) -> Option<DonorAction> {
    let at = node.at;
    match line(node, problems)? {
        Line::Excluded(rule) => Some(DonorAction::Excluded(rule)),
        Line::Word(word) => match word.as_str() {
            "household" => Some(DonorAction::Household),
            "organization" => Some(DonorAction::Organization),
            "foundation" => Some(DonorAction::Foundation),
            "anonymous" => Some(DonorAction::Anonymous),
            _ => {
                problems.add(
                    at,
                    format!("\"{word}\" is no kind of donor"),
                    "household, organization, foundation, anonymous or { excluded = \"rule\" }",
                );
                None
            }
        },
    }
}

fn addresses(root: &mut Table, builder: &mut Builder<'_>) -> Vec<AddressSpec> {
    let mut list = Vec::new();
    for mut table in root.repeated("address", builder.problems) {
        let when = builder.conditions_if_any(&mut table, MAIN);
        let mut text = |key| builder.take(&mut table, key, Role::Text, MAIN);
        list.push(AddressSpec {
            when,
            line1: text("line1"),
            line2: text("line2"),
            city: text("city"),
            state: text("state"),
            postal: text("postal"),
            country: text("country"),
        });
        table.finish(builder.problems);
    }
    list
}

fn reach<K>(
    root: &mut Table,
    builder: &mut Builder<'_>,
    (list_key, value_key): (&'static str, &'static str),
    kinds: &[(&str, K)],
) -> Vec<WaySpec<K>>
where
    K: Copy,
{
    let mut list = Vec::new();
    for mut table in root.repeated(list_key, builder.problems) {
        let at = table.has("kind").unwrap_or(table.at);
        let word = table.text("kind", builder.problems).unwrap_or_else(|| "Other".to_owned());
        let kind = kinds.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word));
        if kind.is_none() {
            let known: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
            builder.problems.add(
                at,
                format!("\"{word}\" is no kind of {list_key}"),
                format!("one of {}", known.join(", ")),
            );
        }
        let when = builder.conditions_if_any(&mut table, MAIN);
        let value = builder.take(&mut table, value_key, Role::Text, MAIN);
        if value.is_none() {
            builder.problems.add(
                table.at,
                format!("[[{list_key}]] needs {value_key}"),
                format!("{value_key} = {{ column = \"…\" }}"),
            );
        }
        table.finish(builder.problems);
        let both = kind.map(|(_, kind)| *kind).zip(value);
        list.extend(both.map(|(kind, value)| WaySpec { kind, when, value }));
    }
    list
}

fn phones(root: &mut Table, builder: &mut Builder<'_>) -> Vec<WaySpec<PhoneKind>> {
    let kinds = [
        ("Home", PhoneKind::Home),
        ("Mobile", PhoneKind::Mobile),
        ("Work", PhoneKind::Work),
        ("Other", PhoneKind::Other),
    ];
    reach(root, builder, ("phone", "number"), &kinds)
}

fn emails(root: &mut Table, builder: &mut Builder<'_>) -> Vec<WaySpec<&'static str>> {
    let kinds = [("Home", "Home Email"), ("Work", "Work Email"), ("Other", "Other Email")];
    reach(root, builder, ("email", "address"), &kinds)
}

fn flags(root: &mut Table, builder: &mut Builder<'_>) -> Vec<(FlagKind, YesNo)> {
    let Some(mut table) = root.table("flags", builder.problems) else {
        return Vec::new();
    };
    let keys = [
        ("deceased", FlagKind::Donor(Flag::Deceased)),
        ("do_not_mail", FlagKind::Donor(Flag::DoNotMail)),
        ("do_not_call", FlagKind::Donor(Flag::DoNotCall)),
        ("do_not_email", FlagKind::Donor(Flag::DoNotEmail)),
        ("do_not_contact", FlagKind::Donor(Flag::DoNotContact)),
        ("anonymous", FlagKind::Donor(Flag::Anonymous)),
        ("spouse_deceased", FlagKind::SpouseDeceased),
    ];
    let mut list = Vec::new();
    for (key, kind) in keys {
        list.extend(builder.yes_no(&mut table, key, MAIN).map(|v| (kind, v)));
    }
    table.finish(builder.problems);
    list
}
