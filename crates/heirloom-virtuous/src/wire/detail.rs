//! What is added to a contact that exists, one call each: a second person, a further address, e-mail,
//! phone or reference, and what it promised. These endpoints make the change at once; nothing waits
//! for a night.

use heirloom_model::{Address, Email, Person, Phone, PromiseKind, Sealed};
use serde::Serialize;
use validator::Validate;

use super::{WireProblem, filled, problems};

/// Which endpoint takes a detail; the first word of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DetailKind {
    /// `POST /api/ContactIndividual`.
    Individual,
    /// `POST /api/ContactAddress`.
    Address,
    /// `POST /api/ContactMethod`: an e-mail address or a phone.
    Method,
    /// `POST /api/ContactReference`.
    Reference,
    /// `POST /api/v2/Pledge`.
    Pledge,
    /// `POST /api/RecurringGift`.
    Schedule,
}

impl DetailKind {
    /// All kinds.
    pub const ALL: [DetailKind; 6] = [
        DetailKind::Individual,
        DetailKind::Address,
        DetailKind::Method,
        DetailKind::Reference,
        DetailKind::Pledge,
        DetailKind::Schedule,
    ];

    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            DetailKind::Individual => "individual",
            DetailKind::Address => "address",
            DetailKind::Method => "method",
            DetailKind::Reference => "reference",
            DetailKind::Pledge => "pledge",
            DetailKind::Schedule => "schedule",
        }
    }

    /// The kind of a promise.
    pub fn of_promise(kind: PromiseKind) -> DetailKind {
        match kind {
            PromiseKind::Pledge => DetailKind::Pledge,
            PromiseKind::Recurring => DetailKind::Schedule,
        }
    }

    /// The promise that it is, if it is one.
    pub fn promise(self) -> Option<PromiseKind> {
        match self {
            DetailKind::Pledge => Some(PromiseKind::Pledge),
            DetailKind::Schedule => Some(PromiseKind::Recurring),
            _ => None,
        }
    }

    /// The kind that a key of [`seal_detail`] or [`super::seal_promise`] begins with.
    pub fn of_key(key: &str) -> Option<DetailKind> {
        let (word, _) = key.split_once('.')?;
        DetailKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The segments of its address.
    pub(crate) fn path(self) -> &'static [&'static str] {
        match self {
            DetailKind::Individual => &["api", "ContactIndividual"],
            DetailKind::Address => &["api", "ContactAddress"],
            DetailKind::Method => &["api", "ContactMethod"],
            DetailKind::Reference => &["api", "ContactReference"],
            DetailKind::Pledge => &["api", "v2", "Pledge"],
            DetailKind::Schedule => &["api", "RecurringGift"],
        }
    }
}

/// One detail.
#[derive(Clone, Debug)]
pub enum Detail<'a> {
    /// A further person of the contact.
    Individual(&'a Person),
    /// A further address.
    Address(&'a Address),
    /// A further e-mail address.
    Email(&'a Email),
    /// A further phone.
    Phone(&'a Phone),
    /// A further name by which others know it.
    Reference {
        /// Whose name.
        source: &'a str,
        /// The name.
        id: String,
    },
}

/// The contact that a detail is added to.
#[derive(Clone, Copy, Debug)]
pub struct DetailOwner<'a> {
    /// Our key of the contact, for the detail's own.
    pub key: &'a str,
    /// Its id at the target.
    pub contact: i64,
    /// The id of the person to whom e-mails and phones belong.
    pub individual: Option<i64>,
}

impl Detail<'_> {
    /// Its endpoint.
    pub fn kind(&self) -> DetailKind {
        match self {
            Detail::Individual(_) => DetailKind::Individual,
            Detail::Address(_) => DetailKind::Address,
            Detail::Email(_) | Detail::Phone(_) => DetailKind::Method,
            Detail::Reference { .. } => DetailKind::Reference,
        }
    }

    /// The same for the same detail, however it is spaced or capitalised.
    pub fn folded(&self) -> String {
        match self {
            Detail::Individual(p) => fold(&[&p.first, &p.last]),
            Detail::Address(a) => fold(&[&a.line1, &a.line2, &a.postal]),
            Detail::Email(e) => fold(&[&e.address]),
            Detail::Phone(p) => fold(&[&p.number]),
            Detail::Reference { source, id } => fold(&[source, id]),
        }
    }

    /// Its key: kind, contact, and a digest of what it says.
    pub fn key(&self, contact_key: &str) -> String {
        let kind = self.kind().as_str();
        let said = heirloom_model::Digest::of(format!("{kind}|{}", self.folded()).as_bytes()).short();
        format!("{kind}.{contact_key}.{}", &said[..12])
    }
}

/// Letters, digits, `@` and `.` alone, small.
pub fn fold(parts: &[&str]) -> String {
    let part = |text: &&str| -> String {
        let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, '@' | '.'));
        kept.flat_map(char::to_lowercase).collect()
    };
    parts.iter().map(part).collect::<Vec<_>>().join("|")
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct IndividualBody<'a> {
    contact_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    prefix: Option<&'a str>,
    #[validate(length(max = 100))]
    first_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    middle_name: Option<&'a str>,
    #[validate(length(min = 1, max = 100))]
    last_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    suffix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 12))]
    birth_month: Option<i8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 31))]
    birth_day: Option<i8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_year: Option<i16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    gender: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_deceased: bool,
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct AddressBody<'a> {
    contact_id: i64,
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

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct EmailBody<'a> {
    contact_individual_id: i64,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "value")]
    #[validate(email, length(max = 254))]
    email: &'a str,
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct PhoneBody<'a> {
    contact_individual_id: i64,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "value")]
    #[validate(length(min = 1, max = 50))]
    phone: &'a str,
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct ReferenceBody<'a> {
    contact_id: i64,
    #[validate(length(min = 1, max = 100))]
    reference_source: &'a str,
    #[validate(length(min = 1, max = 100))]
    reference_id: &'a str,
}

/// Seals one detail of a contact.
///
/// # Errors
/// Every field that the last gate refuses, without its value; an e-mail or phone of nobody.
pub fn seal_detail(owner: DetailOwner<'_>, detail: &Detail<'_>) -> Result<Sealed, Vec<WireProblem>> {
    let contact_id = owner.contact;
    let person = || {
        owner.individual.ok_or_else(|| vec![WireProblem { field: "contactIndividualId", code: "required" }])
    };
    let text = match detail {
        Detail::Individual(p) => {
            let part = |text: &'_ Option<String>| text.as_deref().and_then(filled).map(str::to_owned);
            let (prefix, middle, suffix, gender) =
                (part(&p.title), part(&p.middle), part(&p.suffix), part(&p.gender));
            text_of(&IndividualBody {
                contact_id,
                prefix: prefix.as_deref(),
                first_name: p.first.trim(),
                middle_name: middle.as_deref(),
                last_name: p.last.trim(),
                suffix: suffix.as_deref(),
                birth_month: p.birth.1,
                birth_day: p.birth.2,
                birth_year: p.birth.0,
                gender: gender.as_deref(),
                is_deceased: p.deceased,
            })?
        }
        Detail::Address(a) => text_of(&AddressBody {
            contact_id,
            address1: filled(&a.line1),
            address2: filled(&a.line2),
            city: filled(&a.city),
            state: filled(&a.state),
            postal: filled(&a.postal),
            country: filled(&a.country),
        })?,
        Detail::Email(e) => {
            text_of(&EmailBody { contact_individual_id: person()?, kind: e.kind, email: e.address.trim() })?
        }
        Detail::Phone(p) => text_of(&PhoneBody {
            contact_individual_id: person()?,
            kind: p.kind.as_str(),
            phone: p.number.trim(),
        })?,
        Detail::Reference { source, id } => {
            text_of(&ReferenceBody { contact_id, reference_source: source, reference_id: id })?
        }
    };
    Ok(Sealed::detail(detail.key(owner.key), text))
}

fn text_of(body: &(impl Serialize + Validate)) -> Result<String, Vec<WireProblem>> {
    body.validate().map_err(|errors| problems(&errors))?;
    Ok(serde_json::to_string(body).expect("a detail's body is plain text and keys"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: DetailOwner<'static> = DetailOwner { key: "D-7", contact: 42, individual: Some(9) };

    #[test]
    fn each_detail_has_its_body_and_a_key_of_its_own() {
        let person =
            Person { first: "Lee".into(), last: "Morgan".into(), deceased: true, ..Person::default() };
        let email = Email { kind: "Work Email", address: " lee@example.org ".into() };
        let sealed = seal_detail(OWNER, &Detail::Individual(&person)).unwrap();
        assert_eq!(
            sealed.body,
            r#"{"contactId":42,"firstName":"Lee","lastName":"Morgan","isDeceased":true}"#
        );
        let method = seal_detail(OWNER, &Detail::Email(&email)).unwrap();
        assert_eq!(method.body, r#"{"contactIndividualId":9,"type":"Work Email","value":"lee@example.org"}"#);
        assert!(sealed.part > 0 && method.part > 0 && sealed.part != method.part);
        assert_eq!(DetailKind::of_key(&sealed.key), Some(DetailKind::Individual));
        assert_eq!(DetailKind::of_key(&method.key), Some(DetailKind::Method));
        let shouted = Email { kind: "Work Email", address: "LEE@example.org".into() };
        assert_eq!(Detail::Email(&shouted).key("D-7"), method.key);
    }

    #[test]
    fn what_nobody_could_take_is_not_sealed() {
        let bad = Email { kind: "Work Email", address: "not an address".into() };
        assert!(seal_detail(OWNER, &Detail::Email(&bad)).is_err());
        let nobody = DetailOwner { individual: None, ..OWNER };
        let good = Email { kind: "Work Email", address: "lee@example.org".into() };
        assert!(seal_detail(nobody, &Detail::Email(&good)).is_err());
        assert!(seal_detail(OWNER, &Detail::Individual(&Person::default())).is_err());
        assert!(seal_detail(OWNER, &Detail::Reference { source: "old", id: String::new() }).is_err());
    }
}
