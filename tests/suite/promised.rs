//! Pledges, live schedules and everything else that contacts have beyond their first bodies: sent once,
//! confirmed by reading, and each accounted for exactly once. The oracles are the input, read by eye, and the
//! vendor's own lists, asked by hand.

use std::path::Path;

use serde_json::{Value, json};

use crate::reconcile::vendor_says;
use crate::support::{Simulator, admin, apply, at, copy_folder, night_and_run, root, run};

/// What stands in the input: two open pledges and one that is over; a live schedule, and one whose rhythm the
/// vendor has no word for; one second person; and a record of a donor who stands there twice, with an address
/// and an id of its own.
const EXPECTED: [(&str, u64); 5] =
    [("addresses", 1), ("individuals", 1), ("pledges", 3), ("references", 1), ("schedules", 2)];

/// The story of pledges and schedules, with more of them.
fn story(folder: &Path) {
    copy_folder(&root().join("tests/scenarios/pledges-and-schedules"), folder);
    let gifts = folder.join("input/gifts.csv");
    let text = std::fs::read_to_string(&gifts).unwrap()
        + "P-2,D-2,2020-05-05,500.00,Pledge,,General,,,,Completed,,,,\n\
           P-3,D-3,2025-12-24,100.00,Pledge,,General,,,2026-12-24,,,,,\n\
           R-2,D-3,2024-01-15,10.00,Recurring Gift,,General,,Fortnightly,,Active,,,,\n";
    std::fs::write(&gifts, text).unwrap();
    let donors = folder.join("input/donors.csv");
    let text = std::fs::read_to_string(&donors).unwrap().replace("D-1,,Ruth,", "D-1,,Ruth & Karl,")
        + "D-4,,Amos,Whitcomb,77 Birch Road,Rockland,ME,04841,(207) 555-0117,amos.whitcomb@example.org\n";
    std::fs::write(&donors, text).unwrap();
}

/// The vendor's pledges or schedules, asked by hand.
fn listed(simulator: &Simulator, path: &str) -> Vec<Value> {
    let line = format!("POST {path}/Query?skip=0&take=1000");
    let (status, answer) = vendor_says(simulator, &line, &json!({ "groups": [] }));
    assert_eq!(status, 200, "{answer}");
    let mut all = answer["list"].as_array().unwrap().clone();
    all.sort_by_key(|one| one["pledgeDate"].to_string());
    all
}

/// The kinds of details with their number of a place, and that every kind has all of its own.
fn accounted(found: &Value, place: &str) -> Vec<u64> {
    let details = &found["details"];
    let each = EXPECTED.iter().map(|(what, all)| {
        let places = details[*what].as_object().unwrap_or_else(|| panic!("no {what} in {details}"));
        assert_eq!(places["all"].as_u64(), Some(*all), "{what}: {details}");
        let sum: u64 =
            places.iter().filter(|(name, _)| *name != "all").map(|(_, n)| n.as_u64().unwrap()).sum();
        assert_eq!(sum, *all, "{what} stand in no place, or in two: {details}");
        places[place].as_u64().unwrap()
    });
    each.collect()
}

fn plan_named(folder: &Path, simulator: &Simulator, kind: &str) -> Option<String> {
    let planned = run(folder, &at(&["plan"], simulator), 0);
    let plans = planned["plans"].as_array().unwrap().iter();
    let names = plans.map(|plan| plan.as_str().unwrap().to_owned());
    names.into_iter().find(|name| name.ends_with(kind))
}

#[test]
fn open_pledges_and_live_schedules_go_once_and_every_detail_is_in_one_place() {
    for lost in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        story(folder);
        let simulator = Simulator::serve(folder, "refused");
        run(folder, &["check"], 0);
        assert!(plan_named(folder, &simulator, "contacts").is_some());
        run(folder, &apply("001-contacts", &simulator), 12);
        let before = run(folder, &at(&["reconcile"], &simulator), 12);
        assert_eq!(accounted(&before, "waiting"), [1, 1, 2, 1, 1], "before their contacts exist");
        assert_eq!(
            (accounted(&before, "over"), accounted(&before, "by_hand")),
            (vec![0, 0, 1, 0, 0], vec![0, 0, 0, 0, 1])
        );
        night_and_run(&simulator);
        run(folder, &at(&["reconcile"], &simulator), 0);
        let details = plan_named(folder, &simulator, "details").expect("a plan of details");
        if lost {
            // An answer is lost, and its effect happens; a contact is listed with one address alone.
            let mut rules = admin(&simulator, "GET", "rules", "");
            rules["faults"]["lose_reply"] = json!(1000);
            rules["contact_addresses_listed"] = json!(false);
            rules["faults"]["creating_only"] = json!(true);
            rules["faults"]["faults_max"] = json!(1);
            admin(&simulator, "POST", "rules", &rules.to_string());
        }
        run(folder, &apply(&details, &simulator), if lost { 9 } else { 0 });
        let sheet = run(folder, &["handover"], if lost { 9 } else { 0 }).to_string();
        assert!(sheet.contains("schedules with a frequency that Virtuous has no word for"), "{sheet}");
        // They are in no import: nobody presses Run for them.
        assert!(!sheet.contains("details-"), "{sheet}");

        // What is there, by the vendor's own lists: once, with what the input says is open or live.
        let there = || (listed(&simulator, "/api/v2/Pledge"), listed(&simulator, "/api/RecurringGift"));
        let (pledges, schedules) = there();
        let said: Vec<_> = pledges
            .iter()
            .map(|p| (p["amountPledged"].as_f64(), p["pledgeDate"].as_str(), p["frequency"].as_str()))
            .collect();
        assert_eq!(
            said,
            [
                (Some(300.0), Some("2019-01-31T00:00:00"), Some("Quarterly")),
                (Some(100.0), Some("2025-12-24T00:00:00"), Some("OneTime")),
            ]
        );
        assert_eq!(pledges[0]["payments"][0]["expectedAmount"], "300.00");
        assert_eq!(schedules.len(), 1, "{schedules:?}");
        assert_eq!(
            (&schedules[0]["transactionId"], &schedules[0]["nextExpectedPaymentDate"]),
            (&json!("R-1"), &json!("2026-04-01T00:00:00"))
        );
        let (_, owner) = vendor_says(&simulator, "GET /api/Contact/story/D-2", &Value::Null);
        assert_eq!(schedules[0]["contactId"], owner["id"]);

        let found = run(folder, &at(&["reconcile"], &simulator), 0);
        assert_eq!(accounted(&found, "confirmed"), [1, 1, 2, 1, 1], "lost answers: {lost}");
        assert_eq!(
            (accounted(&found, "over"), accounted(&found, "by_hand")),
            (vec![0, 0, 1, 0, 0], vec![0, 0, 0, 0, 1])
        );
        // A later plan brings none of them again.
        assert_eq!(plan_named(folder, &simulator, "details"), None);
        assert_eq!(there(), (pledges, schedules));
        assert_eq!(accounted(&run(folder, &at(&["reconcile"], &simulator), 0), "confirmed"), [1, 1, 2, 1, 1]);
        run(folder, &["verify"], 0);
    }
}

/// The story, its contacts sent and seen.
fn with_contacts(folder: &Path) -> Simulator {
    story(folder);
    let simulator = Simulator::serve(folder, "refused");
    run(folder, &["check"], 0);
    plan_named(folder, &simulator, "contacts");
    run(folder, &apply("001-contacts", &simulator), 12);
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 0);
    simulator
}

#[test]
fn a_pledge_that_staff_entered_before_is_not_entered_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = with_contacts(folder);
    let (_, owner) = vendor_says(&simulator, "GET /api/Contact/story/D-3", &Value::Null);
    let theirs = json!({ "contactId": owner["id"], "amountPledged": "100.00", "frequency": "OneTime", "pledgeDate": "2025-12-24" });
    assert_eq!(vendor_says(&simulator, "POST /api/v2/Pledge", &theirs).0, 200);
    let details = plan_named(folder, &simulator, "details").expect("a plan of details");
    run(folder, &apply(&details, &simulator), 0);
    let found = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!(accounted(&found, "there_already"), [0, 0, 1, 0, 0]);
    assert_eq!(accounted(&found, "confirmed"), [1, 1, 1, 1, 1]);
    assert_eq!(listed(&simulator, "/api/v2/Pledge").len(), 2);
}

#[test]
fn what_the_token_may_not_read_is_left_to_a_person_and_the_other_kind_goes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = with_contacts(folder);
    // What was readable yesterday is not believed today.
    let mut rules = admin(&simulator, "GET", "rules", "");
    rules["no_access"] = json!(["Pledge"]);
    admin(&simulator, "POST", "rules", &rules.to_string());
    let details = plan_named(folder, &simulator, "details").expect("a plan of details");
    let sheet = run(folder, &["handover"], 0).to_string();
    assert!(sheet.contains("may not read them there"), "{sheet}");
    run(folder, &apply(&details, &simulator), 0);
    let found = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!(accounted(&found, "confirmed"), [1, 1, 0, 1, 1]);
    assert_eq!(accounted(&found, "by_hand"), [0, 0, 2, 0, 1]);
    assert_eq!(listed(&simulator, "/api/RecurringGift").len(), 1);

    // With the right to read them they go after all.
    rules["no_access"] = json!([]);
    admin(&simulator, "POST", "rules", &rules.to_string());
    let details = plan_named(folder, &simulator, "details").expect("a second plan of details");
    run(folder, &apply(&details, &simulator), 0);
    let found = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!(accounted(&found, "confirmed"), [1, 1, 2, 1, 1]);
    assert_eq!(listed(&simulator, "/api/v2/Pledge").len(), 2);
}
