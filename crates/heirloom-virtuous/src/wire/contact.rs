//! The body of one contact: flat in `Contact/Batch`, nested inside a gift that carries its donor.

use heirloom_model::{Address, Email, Person, Phone, Sealed};
use serde::Serialize;
use validator::{Validate, ValidationError};

use super::{WireProblem, filled, is_safe_key, problems};

/// What one contact is made of. Only one person, address, e-mail and phone travel in a
/// transaction; the rest is a later plan's.
#[derive(Clone)]
pub struct ContactInput<'a> {
    /// The escaped key (`referenceId`).
    pub reference_id: String,
    /// `Household`, `Organization`, `Foundation` or a type of the organization's own.
    pub contact_type: &'a str,
    /// Its name; required for all but households.
    pub name: Option<&'a str>,
    /// The person; an organization without one gets the vendor's own `Default Contact`.
    pub person: Option<&'a Person>,
    /// The preferred address.
    pub address: Option<&'a Address>,
    /// The preferred e-mail address.
    pub email: Option<&'a Email>,
    /// The preferred phone.
    pub phone: Option<&'a Phone>,
    /// Tags; sent as one text, separated by semicolons.
    pub tags: Vec<&'a str>,
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
#[validate(schema(function = "has_a_name"))]
struct Body<'a> {
    #[validate(custom(function = "safe_key"))]
    reference_id: &'a str,
    #[validate(length(min = 1, max = 100))]
    contact_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    name: Option<&'a str>,
    #[serde(flatten)]
    #[validate(nested)]
    who: Who<'a>,
    #[serde(flatten)]
    #[validate(nested)]
    reach: Reach<'a>,
    #[serde(flatten)]
    #[validate(nested)]
    place: Place<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 1000))]
    tags: Option<String>,
}

#[derive(Serialize, Validate, Default)]
#[serde(rename_all = "camelCase")]
struct Who<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    middle_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    suffix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = "month"))]
    birth_month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = "day"))]
    birth_day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_year: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    gender: Option<&'a str>,
}

#[derive(Serialize, Validate, Default)]
#[serde(rename_all = "camelCase")]
struct Reach<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(email, length(max = 254))]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 50))]
    phone: Option<&'a str>,
}

#[derive(Serialize, Validate, Default)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200))]
    address1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200))]
    address2: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 30))]
    postal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    country: Option<&'a str>,
}

fn safe_key(key: &str) -> Result<(), ValidationError> {
    if is_safe_key(key) { Ok(()) } else { Err(ValidationError::new("key")) }
}

fn month(text: &str) -> Result<(), ValidationError> {
    between(text, 12)
}

fn day(text: &str) -> Result<(), ValidationError> {
    between(text, 31)
}

fn between(text: &str, max: i64) -> Result<(), ValidationError> {
    match text.parse::<i64>() {
        Ok(number) if (1..=max).contains(&number) => Ok(()),
        _ => Err(ValidationError::new("range")),
    }
}

/// A household needs a person's name, everything else a name of its own.
fn has_a_name(body: &Body) -> Result<(), ValidationError> {
    let person = body.who.first_name.is_some() || body.who.last_name.is_some();
    let named = body.name.is_some() || body.contact_type.eq_ignore_ascii_case("household");
    if person && named { Ok(()) } else { Err(ValidationError::new("required")) }
}

/// Seals one contact.
///
/// # Errors
/// Every field that the last gate refuses, without its value.
pub fn seal_contact(input: &ContactInput) -> Result<Sealed, Vec<WireProblem>> {
    let body = checked(input)?;
    let text = serde_json::to_string(&body).expect("a contact's body is plain text and keys");
    Ok(Sealed::new(input.reference_id.clone(), text, None))
}

fn checked<'a>(input: &'a ContactInput<'a>) -> Result<Body<'a>, Vec<WireProblem>> {
    let body = Body {
        reference_id: &input.reference_id,
        contact_type: input.contact_type.trim(),
        name: input.name.and_then(filled),
        who: who(input),
        reach: reach(input),
        place: input.address.map(place).unwrap_or_default(),
        tags: tags(&input.tags)?,
    };
    match body.validate() {
        Ok(()) => Ok(body),
        Err(errors) => Err(problems(&errors)
            .into_iter()
            .map(|p| if p.field == "body" { no_name(&p) } else { p })
            .collect()),
    }
}

fn no_name(problem: &WireProblem) -> WireProblem {
    WireProblem { field: "name", code: problem.code }
}

fn who<'a>(input: &ContactInput<'a>) -> Who<'a> {
    let Some(person) = input.person else {
        let household = input.contact_type.trim().eq_ignore_ascii_case("household");
        return if household {
            Who::default()
        } else {
            Who { first_name: Some("Default"), last_name: Some("Contact"), ..Who::default() }
        };
    };
    let part = |text: &'a Option<String>| text.as_deref().and_then(filled);
    Who {
        title: part(&person.title),
        first_name: filled(&person.first),
        middle_name: part(&person.middle),
        last_name: filled(&person.last),
        suffix: part(&person.suffix),
        birth_month: person.birth.1.map(|m| m.to_string()),
        birth_day: person.birth.2.map(|d| d.to_string()),
        birth_year: person.birth.0.map(|y| y.to_string()),
        gender: part(&person.gender),
    }
}

fn reach<'a>(input: &ContactInput<'a>) -> Reach<'a> {
    let email = input.email.and_then(|e| filled(&e.address).map(|address| (e.kind, address)));
    let phone = input.phone.and_then(|p| filled(&p.number).map(|number| (p.kind.as_str(), number)));
    Reach {
        email_type: email.map(|(kind, _)| kind),
        email: email.map(|(_, address)| address),
        phone_type: phone.map(|(kind, _)| kind),
        phone: phone.map(|(_, number)| number),
    }
}

fn place(address: &Address) -> Place<'_> {
    if address.is_empty() {
        return Place::default();
    }
    Place {
        address1: filled(&address.line1),
        address2: filled(&address.line2),
        city: filled(&address.city),
        state: filled(&address.state),
        postal: filled(&address.postal),
        country: filled(&address.country),
    }
}

fn tags(tags: &[&str]) -> Result<Option<String>, Vec<WireProblem>> {
    if tags.iter().any(|tag| tag.contains(';')) {
        return Err(vec![WireProblem { field: "tags", code: "separator" }]);
    }
    let named: Vec<&str> = tags.iter().filter_map(|tag| filled(tag)).collect();
    Ok((!named.is_empty()).then(|| named.join(";")))
}

/// A contact as a gift carries it: nested address, lower-case name parts.
#[derive(Serialize)]
pub(super) struct Carried<'a> {
    #[serde(rename = "referenceId")]
    reference_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(rename = "type")]
    contact_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firstname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middlename: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lastname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suffix: Option<&'a str>,
    #[serde(rename = "birthMonth", skip_serializing_if = "Option::is_none")]
    birth_month: Option<String>,
    #[serde(rename = "birthDay", skip_serializing_if = "Option::is_none")]
    birth_day: Option<String>,
    #[serde(rename = "birthYear", skip_serializing_if = "Option::is_none")]
    birth_year: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<&'a str>,
    #[serde(flatten)]
    reach: Reach<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Place<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<String>,
}

/// Checks a contact that travels inside a gift.
///
/// # Errors
/// As [`seal_contact`].
pub(super) fn carried<'a>(input: &'a ContactInput<'a>) -> Result<Carried<'a>, Vec<WireProblem>> {
    let body = checked(input)?;
    let has_place = input.address.is_some_and(|a| !a.is_empty());
    Ok(Carried {
        reference_id: body.reference_id,
        name: body.name,
        contact_type: body.contact_type,
        title: body.who.title,
        firstname: body.who.first_name,
        middlename: body.who.middle_name,
        lastname: body.who.last_name,
        suffix: body.who.suffix,
        birth_month: body.who.birth_month,
        birth_day: body.who.birth_day,
        birth_year: body.who.birth_year,
        gender: body.who.gender,
        reach: body.reach,
        address: has_place.then_some(body.place),
        tags: body.tags,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_model::PhoneKind;

    fn ada() -> Person {
        Person {
            first: "Ada".into(),
            last: " Example ".into(),
            birth: (Some(1950), Some(2), None),
            ..Person::default()
        }
    }

    fn input<'a>(person: Option<&'a Person>) -> ContactInput<'a> {
        ContactInput {
            reference_id: "D-0815".into(),
            contact_type: "Household",
            name: None,
            person,
            address: None,
            email: None,
            phone: None,
            tags: vec![],
        }
    }

    #[test]
    fn a_contact_is_written_in_one_order_without_empty_keys() {
        let (ada, address) =
            (ada(), Address { line1: "12 Elm St".into(), city: "Mesa".into(), ..Address::default() });
        let email = Email { kind: "Home Email", address: "ada@example.org".into() };
        let phone = Phone { kind: PhoneKind::Mobile, number: "(512) 555-0142".into() };
        let full = ContactInput {
            address: Some(&address),
            email: Some(&email),
            phone: Some(&phone),
            tags: vec!["Migrated", "Do Not Mail"],
            ..input(Some(&ada))
        };
        let sealed = seal_contact(&full).unwrap();
        assert_eq!(
            sealed.body,
            r#"{"referenceId":"D-0815","contactType":"Household","firstName":"Ada","lastName":"Example","birthMonth":"2","birthYear":"1950","emailType":"Home Email","email":"ada@example.org","phoneType":"Mobile Phone","phone":"(512) 555-0142","address1":"12 Elm St","city":"Mesa","tags":"Migrated;Do Not Mail"}"#
        );
        assert_eq!(sealed.key, "D-0815");
        assert_eq!(sealed, seal_contact(&full).unwrap());
    }

    #[test]
    fn an_organization_without_a_person_gets_the_vendors_default_contact() {
        let org = ContactInput { contact_type: "Organization", name: Some("Harbor Church"), ..input(None) };
        let body = seal_contact(&org).unwrap().body;
        assert!(body.contains(r#""name":"Harbor Church","firstName":"Default","lastName":"Contact""#));
    }

    #[test]
    fn what_breaks_a_rule_is_named_by_field_and_never_by_value() {
        let (ada, long) = (ada(), Person { last: "x".repeat(101), ..Person::default() });
        let bad_email = Email { kind: "Home Email", address: "secret at example".into() };
        let check = |input: ContactInput, field: &str, code: &str| {
            let found = seal_contact(&input).unwrap_err();
            assert!(found.iter().any(|p| p.field == field && p.code == code), "{field} {code}: {found:?}");
            assert!(!format!("{found:?}").contains("secret"));
        };
        check(input(None), "name", "required");
        check(ContactInput { contact_type: "Foundation", ..input(Some(&ada)) }, "name", "required");
        check(input(Some(&long)), "lastName", "length");
        check(ContactInput { email: Some(&bad_email), ..input(Some(&ada)) }, "email", "email");
        check(ContactInput { reference_id: "a/b".into(), ..input(Some(&ada)) }, "referenceId", "key");
        check(ContactInput { tags: vec!["a;b"], ..input(Some(&ada)) }, "tags", "separator");
    }
}
