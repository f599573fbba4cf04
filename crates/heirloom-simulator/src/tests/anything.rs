//! Nothing that arrives over HTTP makes the world panic: any route, any id, any small body, then a night and Run.

use super::robust::claiming_adas_ids;
use super::*;
use crate::endpoints::served_paths;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Ids that exist, and ids that cannot.
const IDS: [&str; 18] = [
    "1",
    "101",
    "401",
    "601",
    "1001",
    "1002",
    "6501",
    "8001",
    "9001",
    "11001",
    "20001",
    "30001",
    "50001",
    "0",
    "-1",
    "-9223372036854775808",
    "9223372036854775807",
    "99999999999999999999",
];
/// Words that stand in paths, parameters and bodies.
const WORDS: [&str; 30] = [
    "Legacy",
    "D-1",
    "GEN",
    "General Fund",
    "OLD",
    "P-4",
    "ada@example.org",
    "480-555-0142",
    "Household",
    "Cash",
    "Check",
    "NonCash",
    "Stock",
    "Reversing Transaction",
    "Monthly",
    "Call",
    "Spouse",
    "true",
    "",
    "12 Elm St",
    "85201",
    "2016-11-29",
    "9999-12-31",
    "-9999-01-01",
    "12/31/9999",
    "JPY",
    "KWD",
    "Deleted",
    "\u{e4}\u{1f600}",
    "Migrated; Other",
];
/// Amounts, good and not.
const AMOUNTS: [&str; 10] = [
    "5.00",
    "5",
    "0",
    "-5.00",
    "10000000000000.00",
    "-10000000000000.00",
    "92233720368547758.07",
    "-92233720368547758.08",
    "1e308",
    "0.001",
];
/// Keys of bodies that stand for a single value.
const KEYS: [&str; 64] = [
    "id",
    "contactId",
    "contactIndividualId",
    "relatedContactId",
    "tagId",
    "projectId",
    "segmentId",
    "parentId",
    "communicationId",
    "campaignId",
    "reversedGiftId",
    "tributeId",
    "giftAskId",
    "premiumId",
    "originSegmentId",
    "transactionSource",
    "transactionId",
    "referenceSource",
    "referenceId",
    "recurringGiftTransactionId",
    "pledgeTransactionId",
    "giftType",
    "contactType",
    "type",
    "giftDate",
    "receiptDate",
    "receiptDateUtc",
    "startDate",
    "pledgeDate",
    "plannedGiftDate",
    "plannedGiftType",
    "askDate",
    "noteDateTime",
    "amount",
    "amountPledged",
    "amountDesignated",
    "askAmount",
    "currencyCode",
    "exchangeRate",
    "frequency",
    "batch",
    "name",
    "code",
    "projectCode",
    "firstName",
    "lastName",
    "email",
    "phone",
    "address1",
    "postal",
    "tags",
    "note",
    "value",
    "isPrimary",
    "isActive",
    "setAsPrimary",
    "setAsSecondary",
    "isArchived",
    "state",
    "createImport",
    "importName",
    "relationshipType",
    "tributeType",
    "payloadUrl",
];
/// Keys of bodies that stand for an object, or a list of them.
const NESTED: [&str; 17] = [
    "contact",
    "address",
    "designations",
    "giftDesignations",
    "giftPremiums",
    "premiums",
    "giftPassthroughs",
    "passthroughContact",
    "tributeDedication",
    "contactIndividuals",
    "contactMethods",
    "contactAddresses",
    "transactions",
    "contacts",
    "customFields",
    "pledgePayments",
    "payments",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(&IDS[..]).prop_map(|id| id.parse::<i64>().map_or(json!(id), |id| json!(id))),
        select(&WORDS[..]).prop_map(|word| json!(word)),
        select(&AMOUNTS[..]).prop_map(|amount| json!(amount)),
        any::<bool>().prop_map(|flag| json!(flag)),
        any::<f64>().prop_map(|number| json!(number)),
        Just(Value::Null),
    ]
}

/// An object of known keys, two deep.
fn object() -> impl Strategy<Value = Value> {
    let flat = || {
        vec((select(&KEYS[..]), scalar()), 0..6).prop_map(|pairs| {
            pairs.into_iter().map(|(key, value)| (key.to_string(), value)).collect::<Value>()
        })
    };
    let nested = prop_oneof![flat(), vec(flat(), 0..3).prop_map(Value::Array), scalar()];
    (flat(), vec((select(&NESTED[..]), nested), 0..3)).prop_map(|(mut object, more)| {
        more.into_iter().for_each(|(key, value)| object[key] = value);
        object
    })
}

/// What is taken as it stands, so that there is something to spoil.
fn taken() -> Vec<(&'static str, &'static str, Value)> {
    let direct = json!({"contactId": 1001, "giftType": "Cash", "giftDate": "2016-11-29", "amount": "5.00",
        "giftDesignations": [{"projectId": 101, "amount": "5.00"}]});
    let promise = |date: &str, amount: &str| json!({"contactId": 1001, date: "2016-01-01", "frequency": "Monthly", amount: 5});
    vec![
        ("POST", GIFT, gift("1", "5.00")),
        ("POST", GIFTS, gift_list(&[gift("2", "5.00"), stranger_gift("3", "D-3")])),
        ("POST", CONTACT, contact("D-2", "Lee", "Morgan")),
        ("POST", "/api/Contact", claiming_adas_ids()),
        ("PUT", "/api/Contact/1001", claiming_adas_ids()),
        (
            "POST",
            "/api/ContactMethod",
            json!({"contactIndividualId": 20001, "type": "Home Email", "value": "a@b.c"}),
        ),
        ("POST", "/api/ContactAddress", json!({"contactId": 1001, "address1": "1 Main St", "city": "Mesa"})),
        ("POST", "/api/ContactTag", json!({"contactId": 1001, "tagId": 1})),
        ("POST", "/api/Gift", direct.clone()),
        ("PUT", "/api/Gift/50001", direct.clone()),
        ("POST", "/api/Gift/Bulk", json!([direct.clone(), direct])),
        ("PATCH", "/api/Gift", json!([{"id": 50001, "receiptDateUtc": "2016-12-01"}])),
        (
            "POST",
            "/api/Gift/ReversingTransaction",
            json!({"reversedGiftId": 50001, "giftDate": "2016-12-01"}),
        ),
        ("POST", "/api/Project", json!({"name": "Roof", "parentId": 101})),
        ("POST", "/api/v2/Pledge", promise("pledgeDate", "amountPledged")),
        ("POST", "/api/RecurringGift", promise("startDate", "amount")),
        (
            "POST",
            "/api/Webhook",
            json!({"payloadUrl": "http://127.0.0.1:1/", "active": true, "contactUpdate": true, "giftCreate": true}),
        ),
    ]
}

/// A query of some parameter of some resource.
fn queried() -> impl Strategy<Value = (String, String, Value)> {
    let paths = [
        "Contact/Query",
        "Gift/Query",
        "Gift/Query/FullGift",
        "GiftDesignation/Query",
        "v2/Pledge/Query",
        "RecurringGift/Query",
        "Project/Query",
    ];
    let parameters = [
        "Contact Id",
        "Gift Id",
        "Gift Designation Id",
        "Project Id",
        "Pledge Id",
        "Amount",
        "Gift Date",
        "Batch",
        "Contact Name",
        "Create DateTime UTC",
        "Transaction Id",
        "Tag",
        "Passthrough Contact Id",
    ];
    let operators = [
        "Is",
        "IsNot",
        "LessThan",
        "LessThanOrEqual",
        "GreaterThan",
        "GreaterThanOrEqual",
        "Between",
        "In",
        "Contains",
        "IsKnown",
    ];
    let condition = (select(parameters.to_vec()), select(operators.to_vec()), scalar(), scalar()).prop_map(
        |(parameter, operator, value, second)| {
            json!({"parameter": parameter, "operator": operator, "value": value, "secondaryValue": second, "values": [second, value]})
        },
    );
    (select(paths.to_vec()), vec(condition, 0..3), select(parameters.to_vec()), any::<bool>(), address())
        .prop_map(|(path, conditions, sort, descending, parameters)| {
            let body =
                json!({"groups": [{"conditions": conditions}], "sortBy": sort, "descending": descending});
            ("POST".to_string(), format!("/api/{path}{parameters}"), body)
        })
}

/// The parameters of an address.
fn address() -> impl Strategy<Value = String> {
    let names = ["skip", "take", "sortBy", "descending", "email", "referenceSource", "referenceId", "active"];
    let value = prop_oneof![
        select(&IDS[..]),
        Just("1000"),
        Just("18446744073709551615"),
        Just("Legacy"),
        Just("%zz%e4")
    ];
    vec((select(names.to_vec()), value), 0..3).prop_map(|pairs| {
        let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    })
}

/// A gift, by the import or directly, of a few parts.
fn divided() -> impl Strategy<Value = (String, String, Value)> {
    (any::<bool>(), select(&AMOUNTS[..]), vec(select(&AMOUNTS[..]), 1..4)).prop_map(
        |(direct, amount, parts)| {
            let path = if direct { "/api/Gift" } else { GIFT };
            let (id, part, list) = match direct {
                true => ("projectId", "amount", "giftDesignations"),
                false => ("id", "amountDesignated", "designations"),
            };
            let mut body = gift(parts.last().unwrap_or(&amount), amount);
            body["contactId"] = json!(1001);
            body[list] = parts.iter().map(|amount| json!({id: 101, part: amount})).collect();
            ("POST".to_string(), path.to_string(), body)
        },
    )
}

/// Ids of a contact's parts, some of them already somebody's.
const PARTS: [i64; 6] = [7, 20001, 20002, 30001, 30002, 30004];

/// A contact that claims ids for its parts.
fn claiming() -> impl Strategy<Value = (String, String, Value)> {
    let method =
        select(&PARTS[..]).prop_map(|id| json!({"id": id, "type": "Home Phone", "value": "480-555-0100"}));
    let person = (select(&PARTS[..]), vec(method, 0..5))
        .prop_map(|(id, methods)| json!({"id": id, "firstName": "Lee", "lastName": "Morgan", "contactMethods": methods}));
    (any::<bool>(), vec(person, 1..3)).prop_map(|(made, people)| {
        let (method, path) = if made { ("POST", "/api/Contact") } else { ("PUT", "/api/Contact/1001") };
        let body = json!({"contactType": "Household", "contactIndividuals": people});
        (method.to_string(), path.to_string(), body)
    })
}

/// A change or an end of a contact's part.
fn part() -> impl Strategy<Value = (String, String, Value)> {
    let paths = ["ContactMethod", "ContactIndividual", "ContactAddress"];
    (select(vec!["PUT", "PUT", "GET", "DELETE"]), select(paths.to_vec()), select(&PARTS[..]), object())
        .prop_map(|(method, path, id, body)| (method.to_string(), format!("/api/{path}/{id}"), body))
}

/// A request: any route with anything in its blanks and body; one that is taken, spoilt or not; a query; and what once broke.
fn asked() -> impl Strategy<Value = (String, String, Value)> {
    let routes: Vec<(&str, &str)> = served_paths().collect();
    let blank = prop_oneof![4 => select(&IDS[..]).prop_map(String::from), 1 => Just("Legacy".to_string()), 1 => Just("D-1".to_string())];
    let body = prop_oneof![4 => object(), 1 => vec(object(), 0..3).prop_map(Value::Array), 1 => scalar()];
    let anything = (select(routes), vec(blank, 2), body, address()).prop_map(
        |((method, path), blanks, body, parameters)| {
            let mut blanks = blanks.into_iter();
            let filled: Vec<String> =
                path.split('/')
                    .map(|word| {
                        if word.starts_with('{') {
                            blanks.next().unwrap_or_default()
                        } else {
                            word.to_string()
                        }
                    })
                    .collect();
            (method.to_string(), format!("/{}{parameters}", filled.join("/")), body)
        },
    );
    let spoilt = (select(taken()), object(), 0..3usize).prop_map(|((method, path, mut body), more, how)| {
        let object = if body.is_array() { &mut body[0] } else { &mut body };
        if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more.into_iter().take(how));
        }
        (method.to_string(), path.to_string(), body)
    });
    prop_oneof![4 => anything, 4 => spoilt, 2 => queried(), 2 => divided(), 2 => claiming(), 3 => part()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(768))]
    #[test]
    fn no_request_makes_the_world_panic(seed in 0..10_000u64, asked in vec(asked(), 8..32), nights in vec(0..32usize, 1..3)) {
        let mut world = world_of(Rules { limit: 5000, others_per_hour: 0, no_access: Vec::new(), ..Rules::from_seed(seed) });
        world.seed_tag("Migrated");
        world.seed_campaign("Year End");
        world.seed_segment("YE16-A");
        let mut now = T0;
        for (at, (method, path, body)) in asked.iter().enumerate() {
            now += 1000;
            let (status, _) = send(&mut world, now, method, path, &body.to_string());
            prop_assert!(status < 500, "{method} {path} is answered {status}");
            if nights.contains(&at) {
                world.midnight(now);
                world.run_imports(now);
            }
        }
        world.midnight(now + DAY);
        world.run_imports(now + DAY);
        for path in ["Contact/Query/FullContact", "Gift/Query/FullGift", "GiftDesignation/Query", "v2/Pledge/Query"] {
            prop_assert_eq!(send(&mut world, now + DAY, "POST", &format!("/api/{path}?take=1000"), "{}").0, 200);
        }
        world.imports();
        world.run_imports_as(Person::DiscardRest, now + 2 * DAY);
        prop_assert!(World::from_json(&world.to_json()).is_ok());
    }
}
