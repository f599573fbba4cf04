//! What was sealed against what is there, field by field, in the formats that the vendor reads back.

use std::fmt;

use heirloom_model::{Currency, GiftDate, Money, TargetContact, TargetGift, TenderKind};
use serde_json::Value;

use crate::parse;
use crate::value::{date, get, id, list, money, text};

/// Digits by which two telephone numbers are compared: what stands before them is a country's code.
const PHONE_DIGITS: usize = 10;

/// One field that differs, with both values as people read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field: `amount`, `date`, `type`, `designations`, `batch`, `notes`, `check number` …
    pub field: &'static str,
    /// What was sealed.
    pub sent: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: sent {}, there {}", self.field, self.sent, self.found)
    }
}

/// Projects with their amounts.
pub type Parts = Vec<(String, Option<Money>)>;

/// A sealed gift, read back from its own bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentGift {
    /// The contact it names; `None` if the donor travels with it.
    pub contact: Option<i64>,
    /// Its amount.
    pub amount: Option<Money>,
    /// Its day.
    pub date: Option<GiftDate>,
    /// Its type, as tables show it.
    pub gift_type: String,
    /// Project and amount of each designation.
    pub designations: Parts,
    batch: String,
    notes: String,
    check_number: String,
    receipt_date: String,
    tribute: String,
    tribute_type: String,
    custom_fields: Vec<(String, String)>,
    /// Contacts that it credits besides, with their parts where they have some.
    pub credited: Vec<(i64, Option<Money>)>,
}

impl SentGift {
    /// Opens a sealed body; `None` if it is none.
    pub fn open(body: &str) -> Option<SentGift> {
        let value: Value = serde_json::from_str(body).ok()?;
        let currency = Currency::new(&text(&value, "currencyCode")).unwrap_or(Currency::USD);
        let part = |d: &Value| (text(d, "code"), money(d, "amountDesignated", currency));
        Some(SentGift {
            contact: get(&value, "contact").and_then(|contact| id(contact, "id")),
            amount: money(&value, "amount", currency),
            date: date(&text(&value, "giftDate")),
            gift_type: common_type(&text(&value, "giftType")),
            designations: list(&value, "designations").iter().map(part).collect(),
            batch: text(&value, "batch"),
            notes: text(&value, "notes"),
            check_number: text(&value, "checkNumber"),
            receipt_date: text(&value, "receiptDate"),
            tribute: text(&value, "tribute"),
            tribute_type: get(&value, "tributeDedication").map_or(String::new(), |d| text(d, "tributeType")),
            custom_fields: get(&value, "customFields").map(parse::custom_fields).unwrap_or_default(),
            credited: credited(&value, currency),
        })
    }

    /// Every field that differs in `found`. A field that the vendor's answer does not carry is not
    /// compared; contacts are the caller's to compare, since merges must be followed.
    pub fn differences(&self, found: &TargetGift) -> Vec<Difference> {
        let mut differs = Vec::new();
        let mut field = |field, sent: String, found: String, same: bool| {
            if !same {
                differs.push(Difference { field, sent, found });
            }
        };
        field("amount", shown(self.amount), shown(found.amount), self.amount == found.amount);
        let day = |date: Option<GiftDate>| date.map_or_else(nothing, |d| d.to_string());
        field("date", day(self.date), day(found.date), self.date == found.date);
        let there = common_type(&found.gift_type);
        let same = there == self.gift_type;
        field("type", self.gift_type.clone(), filled(&there), same);
        let (sent, there) = (sorted(&self.designations), sorted(&found.designations));
        let same = folded(&sent) == folded(&there);
        field("designations", parts_text(&sent), parts_text(&there), same);
        let same = squeezed(&self.batch) == squeezed(&found.batch);
        field("batch", filled(&self.batch), filled(&found.batch), same);
        let receipt =
            found.receipt_date.as_ref().map(|text| date(text).map_or(String::new(), |d| d.to_string()));
        for (name, sent, found) in [
            ("notes", &self.notes, &found.notes),
            ("check number", &self.check_number, &found.check_number),
            ("receipt date", &self.receipt_date, &receipt),
            ("tribute", &self.tribute, &found.tribute),
            ("tribute type", &self.tribute_type, &found.tribute_type),
        ] {
            // These the vendor may fill by itself.
            let filled_there = ["receipt date", "tribute type"].contains(&name);
            if let Some(found) = found.as_ref().filter(|_| !filled_there || !sent.is_empty()) {
                field(name, filled(sent), filled(found), squeezed(sent) == squeezed(found));
            }
        }
        // Fields that are no business of ours may stand beside our own.
        for (name, sent) in self.custom_fields.iter().filter(|_| found.custom_fields.is_some()) {
            let mut there = found.custom_fields.iter().flatten();
            let value =
                there.find(|(theirs, _)| squeezed(theirs) == squeezed(name)).map(|(_, value)| value.as_str());
            let same = value.is_some_and(|value| squeezed(value) == squeezed(sent));
            let told = |value: &str| format!("{name} \"{value}\"");
            field("custom field", told(sent), value.map_or_else(nothing, told), same);
        }
        differs
    }
}

/// Who a sealed body credits besides its giver.
fn credited(value: &Value, currency: Currency) -> Vec<(i64, Option<Money>)> {
    let one = get(value, "passthroughContact").and_then(|contact| id(contact, "id")).map(|id| (id, None));
    let several = list(value, "giftPassthroughs").iter();
    let several = several.filter_map(|p| Some((id(p, "contactId")?, money(p, "amount", currency))));
    one.into_iter().chain(several).collect()
}

/// The gift type as tables show it, whatever its spelling: `Electronic Funds Transfer` is `EFT`.
pub fn common_type(spelt: &str) -> String {
    let plain: String = spelt.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let eft = ["electronicfundstransfer", "electronicfundtransfer"].contains(&plain.as_str());
    let kind = if eft { Some(TenderKind::Eft) } else { TenderKind::parse(spelt) };
    kind.map_or_else(|| spelt.trim().to_owned(), |kind| kind.as_str().to_owned())
}

/// A sealed contact, read back from its own bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentContact {
    contact_type: String,
    name: String,
    person: (String, String),
    email: String,
    phone: String,
    address: Option<(String, String, String, String)>,
    /// Its tags: the flags that must travel with a donor.
    pub tags: Vec<String>,
}

impl SentContact {
    /// Opens a sealed body; `None` if it is none.
    pub fn open(body: &str) -> Option<SentContact> {
        let value: Value = serde_json::from_str(body).ok()?;
        let tags = text(&value, "tags");
        Some(SentContact {
            contact_type: text(&value, "contactType"),
            name: text(&value, "name"),
            person: (text(&value, "firstName"), text(&value, "lastName")),
            email: text(&value, "email"),
            phone: text(&value, "phone"),
            address: parse::address(&value),
            tags: tags.split(';').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect(),
        })
    }

    /// Every field that is not on `found`. Name and type are compared only if the contact is ours
    /// alone: one that the vendor's matching made of several keeps the name it had. Of one that a
    /// person merged into another only the tags are: what else to keep was theirs to decide.
    pub fn differences(&self, found: &TargetContact, ours: Ours) -> Vec<Difference> {
        let mut differs = Vec::new();
        let mut field = |field, sent: &str, found: String, same: bool| {
            if !same && !sent.is_empty() {
                differs.push(Difference { field, sent: sent.to_owned(), found: filled(&found) });
            }
        };
        if ours == Ours::Alone {
            let same = squeezed(&self.contact_type) == squeezed(&found.contact_type);
            field("contact type", &self.contact_type, found.contact_type.clone(), same);
            field("name", &self.name, found.name.clone(), squeezed(&self.name) == squeezed(&found.name));
        }
        if ours == Ours::Merged {
            differs.extend(self.missing_tags(found));
            return differs;
        }
        let whole = |(first, last): &(String, String)| squeezed(&format!("{first} {last}"));
        let people: Vec<String> = found.people.iter().map(whole).collect();
        let person = format!("{} {}", self.person.0, self.person.1);
        field("person", person.trim(), people.join(", "), people.contains(&squeezed(&person)));
        let mails = found.emails.iter().any(|email| squeezed(email) == squeezed(&self.email));
        field("e-mail", &self.email, found.emails.join(", "), mails);
        let calls = found.phones.iter().any(|phone| digits(phone) == digits(&self.phone));
        field("phone", &self.phone, found.phones.join(", "), calls);
        let places = || found.addresses.iter().chain(&found.address);
        if let Some(sent) = &self.address {
            let same = places().any(|there| place(there) == place(sent));
            let there: Vec<String> = places().take(1).map(place_text).collect();
            field("address", &place_text(sent), there.join("; "), same);
        }
        differs.extend(self.missing_tags(found));
        differs
    }

    fn missing_tags(&self, found: &TargetContact) -> Vec<Difference> {
        let tagged = |tag: &str| found.tags.iter().any(|there| there.eq_ignore_ascii_case(tag));
        let missing = self.tags.iter().filter(|tag| !tagged(tag));
        missing
            .map(|tag| Difference { field: "tag", sent: tag.clone(), found: filled(&found.tags.join(", ")) })
            .collect()
    }
}

/// Whether a contact at the target carries one of our references, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// One.
    Alone,
    /// Several: the vendor's matching made one of them.
    Joined,
    /// None: a person merged the one that did into it.
    Merged,
}

fn nothing() -> String {
    "nothing".to_owned()
}

fn filled(text: &str) -> String {
    if text.trim().is_empty() { nothing() } else { text.to_owned() }
}

fn shown(money: Option<Money>) -> String {
    money.map_or_else(nothing, |m| m.to_string())
}

/// Lower case with single spaces: line ends and padding are the vendor's.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn sorted(parts: &Parts) -> Parts {
    let mut parts = parts.clone();
    parts.sort_by_key(|(code, money)| (code.to_lowercase(), money.map(|m| m.minor())));
    parts
}

fn folded(parts: &Parts) -> Vec<(String, Option<Money>)> {
    parts.iter().map(|(code, money)| (code.to_lowercase(), *money)).collect()
}

fn parts_text(parts: &Parts) -> String {
    let texts: Vec<String> = parts.iter().map(|(code, money)| format!("{code} {}", shown(*money))).collect();
    filled(&texts.join(" + "))
}

fn digits(phone: &str) -> String {
    let all: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    all[all.len().saturating_sub(PHONE_DIGITS)..].iter().collect()
}

type Place = (String, String, String, String);

/// Street, city, state and the first five of the postal code, without marks: the vendor writes them anew.
fn place((street, city, state, postal): &Place) -> String {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let postal: String = plain(postal).chars().take(5).collect();
    [plain(street), plain(city), plain(state), postal].join("/")
}

fn place_text((street, city, state, postal): &Place) -> String {
    let parts = [street, city, state, postal];
    parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_model::Moment;

    const BODY: &str = r#"{"transactionId":"G-1","contact":{"id":7},"giftDate":"2016-11-29","giftType":"EFT",
        "amount":"1250.50","currencyCode":"USD","batch":"Historical 2026","notes":"first\nsecond",
        "tribute":"In memory of Ada","tributeDedication":{"tributeType":"In Memory Of","acknowledgeeLastName":"B"},
        "giftPassthroughs":[{"contactId":8,"amount":"50.00"}],"customFields":{"Legacy Appeal":"NL-3"},
        "checkNumber":"0107","receiptDate":"2016-12-05",
        "designations":[{"code":"GEN","amountDesignated":"1000.00"},{"code":"BLDG","amountDesignated":"250.50"}]}"#;

    /// As a real client was seen to receive it.
    const READ: &str = r#"{"id":9,"transactionSource":"old","transactionId":"G-1","contactId":7,
        "giftType":"Electronic Funds Transfer","giftDate":"2016-11-29T00:00:00","amount":1250.5,
        "currencyCode":"USD","batch":"Historical 2026","notes":"first\r\nsecond","checkNumber":"0107",
        "tribute":"In memory of Ada","tributeType":"In Memory Of","contactPassthroughId":null,
        "giftPassthroughs":[{"contactId":8,"amount":50.0}],
        "customFields":[{"dataType":"Text","name":"legacy appeal","value":"NL-3"},{"name":"Other","value":"x"}],
        "receiptDate":"2016-12-05T00:00:00","giftDesignations":[
          {"projectCode":"bldg","amountDesignated":250.5},{"projectCode":"GEN","amountDesignated":"$1,000.00"}]}"#;

    fn read(edit: &[(&str, Value)]) -> TargetGift {
        let mut value: Value = serde_json::from_str(READ).unwrap();
        for (name, new) in edit {
            value[*name] = new.clone();
        }
        parse::gift(&value, Moment(0)).unwrap()
    }

    #[test]
    fn a_gift_agrees_in_the_formats_that_are_read_back() {
        assert_eq!(SentGift::open(BODY).unwrap().differences(&read(&[])), []);
    }

    #[test]
    fn each_field_that_a_person_edits_is_named_with_both_values() {
        let sent = SentGift::open(BODY).unwrap();
        let parts = serde_json::json!([{"projectCode":"GEN","amountDesignated":1250.5}]);
        for (field, new, expected) in [
            ("amount", 1250.51.into(), "amount: sent $1,250.50, there $1,250.51"),
            ("giftDate", "2016-11-30T00:00:00".into(), "date: sent 2016-11-29, there 2016-11-30"),
            ("giftType", "Check".into(), "type: sent EFT, there Check"),
            (
                "giftDesignations",
                parts,
                "designations: sent BLDG $250.50 + GEN $1,000.00, there GEN $1,250.50",
            ),
            ("batch", Value::Null, "batch: sent Historical 2026, there nothing"),
            ("notes", "first".into(), "notes: sent first\nsecond, there first"),
            ("checkNumber", "107".into(), "check number: sent 0107, there 107"),
            ("receiptDate", Value::Null, "receipt date: sent 2016-12-05, there nothing"),
            ("tribute", Value::Null, "tribute: sent In memory of Ada, there nothing"),
            ("tributeType", "In Honor Of".into(), "tribute type: sent In Memory Of, there In Honor Of"),
            (
                "customFields",
                serde_json::json!({"Legacy Appeal": "NL-4"}),
                "custom field: sent Legacy Appeal \"NL-3\", there Legacy Appeal \"NL-4\"",
            ),
            (
                "customFields",
                serde_json::json!([]),
                "custom field: sent Legacy Appeal \"NL-3\", there nothing",
            ),
        ] {
            let found = sent.differences(&read(&[(field, new)]));
            let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(texts, [expected], "{field}");
        }
    }

    #[test]
    fn who_is_credited_besides_is_read_in_the_list_or_in_the_one_field_of_before() {
        let sent = SentGift::open(BODY).unwrap();
        assert_eq!(read(&[]).passthroughs.as_ref(), Some(&sent.credited));
        let one = read(&[("giftPassthroughs", Value::Null), ("contactPassthroughId", 8.into())]);
        assert_eq!(one.passthroughs, Some(vec![(8, None)]));
        let body = BODY.replace(
            r#""giftPassthroughs":[{"contactId":8,"amount":"50.00"}]"#,
            r#""passthroughContact":{"id":8}"#,
        );
        assert_eq!(SentGift::open(&body).unwrap().credited, [(8, None)]);
    }

    #[test]
    fn a_field_that_the_answer_does_not_carry_is_not_compared() {
        let mut value: Value = serde_json::from_str(READ).unwrap();
        for name in ["notes", "checkNumber", "receiptDate", "tribute", "tributeType", "customFields"] {
            value.as_object_mut().unwrap().remove(name);
        }
        let found = parse::gift(&value, Moment(0)).unwrap();
        assert_eq!(SentGift::open(BODY).unwrap().differences(&found), []);
    }

    const CONTACT: &str = r#"{"referenceId":"D-1","contactType":"Household","firstName":"Pat","lastName":"Morgan",
        "email":"Pat@Example.org","phone":"(512) 555-0142","address1":"1 Main St.","city":"Austin","state":"TX",
        "postal":"78701","tags":"Deceased;Do Not Mail"}"#;

    #[test]
    fn a_contact_has_what_was_sent_wherever_the_vendor_put_it() {
        let sent = SentContact::open(CONTACT).unwrap();
        let mut found = TargetContact {
            contact_type: "Household".into(),
            people: vec![("Lee".into(), "Moor".into()), ("PAT".into(), "Morgan".into())],
            emails: vec!["pat@example.org".into()],
            phones: vec!["+1 512-555-0142".into()],
            addresses: vec![("1 Main St".into(), "Austin".into(), "TX".into(), "78701-1234".into())],
            tags: vec!["do not mail".into(), "DECEASED".into()],
            ..TargetContact::default()
        };
        assert_eq!(sent.differences(&found, Ours::Alone), []);
        found.tags.pop();
        found.emails.clear();
        let texts: Vec<String> =
            sent.differences(&found, Ours::Alone).iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            ["e-mail: sent Pat@Example.org, there nothing", "tag: sent Deceased, there do not mail"]
        );
        found.contact_type = "Church".into();
        assert_eq!(sent.differences(&found, Ours::Joined).len(), 2);
        assert_eq!(sent.differences(&found, Ours::Alone).len(), 3);
        assert_eq!(sent.differences(&found, Ours::Merged).len(), 1);
    }
}
