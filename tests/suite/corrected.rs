//! What is corrected here after it was sent: never sent again, always listed, and closed by what is there.

use std::collections::BTreeSet;
use std::path::Path;

use heirloom_tests::invented::gift_minor;
use serde_json::{Value, json};

use crate::reconcile::{gifts_sent, gifts_sent_of, gifts_there, vendor_says};
use crate::support::{
    Simulator, admin, apply, at, creating_calls, heirloom, invented_migration, night_and_run, run, said,
};

const GIFTS: usize = 20;

/// Everything is there; then the mapping of gifts says something else.
fn corrected(folder: &Path, from: &str, to: &str) -> Simulator {
    let simulator = gifts_sent(folder);
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 0);
    correct(folder, from, to);
    simulator
}

fn correct(folder: &Path, from: &str, to: &str) {
    let path = folder.join("mappings/gifts.toml");
    let mapping = std::fs::read_to_string(&path).unwrap();
    assert!(mapping.contains(from), "{mapping}");
    std::fs::write(&path, mapping.replace(from, to)).unwrap();
}

/// The mapping of donors reads one family name otherwise.
fn rename_a_donor(folder: &Path) {
    let path = folder.join("mappings/donors.toml");
    let donors = std::fs::read_to_string(&path).unwrap();
    let steps =
        "[fields]\nlast = { column = \"Last Name\", steps = [{ replace = [\"Family2\", \"Familie2\"] }] }\n";
    std::fs::write(&path, format!("{donors}\n{steps}")).unwrap();
}

fn keys(listed: &Value) -> Vec<&str> {
    listed["corrected"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect()
}

#[test]
fn a_fund_that_is_corrected_after_the_sending_is_listed_gift_by_gift_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = corrected(folder, "\"School Garden\" = \"GARDEN\"", "\"School Garden\" = \"GEN\"");
    let before = creating_calls(&simulator);
    // The invented file gives every third gift to the garden.
    let garden: Vec<usize> = (1..=GIFTS).filter(|n| n % 3 == 0).collect();
    let minor: i64 = garden.iter().map(|n| gift_minor(*n)).sum();
    let report = run(folder, &["check"], 3)["report"].take();
    let answer = report["answer"].as_str().unwrap();
    assert!(
        answer.contains("Everything is confirmed as it was sent")
            && answer.contains("6 items were corrected"),
        "{answer}"
    );
    assert_eq!(report["todo"][0]["rows"], garden.len(), "{}", report["todo"]);
    assert_eq!(report["todo"][0]["amount"]["minor"], minor, "{}", report["todo"]);
    let listed = run(folder, &["unresolved"], 3);
    let mut expected: Vec<String> = garden.iter().map(|n| format!("G-{n}")).collect();
    expected.sort_unstable();
    let mut found = keys(&listed);
    found.sort_unstable();
    assert_eq!(found, expected);
    let dollars = |n: usize| format!("{}.{:02}", gift_minor(n) / 100, gift_minor(n) % 100);
    let third = listed["corrected"].as_array().unwrap().iter().find(|one| one["key"] == "G-3").unwrap();
    assert_eq!(
        third["fields"],
        json!([{ "field": "designations", "sent": format!("GARDEN {}", dollars(3)), "now": format!("GEN {}", dollars(3)) }])
    );
    assert_eq!((&third["do"], &third["kind"]), (&json!("change"), &json!("gift")));
    assert_eq!(run(folder, &at(&["plan"], &simulator), 3)["plans"], json!([]));
    assert_eq!(creating_calls(&simulator), before, "a correction sends nothing");
    // Taken back, nothing is to be done.
    correct(folder, "\"School Garden\" = \"GEN\"", "\"School Garden\" = \"GARDEN\"");
    run(folder, &["check"], 0);
    assert_eq!(run(folder, &["unresolved"], 0)["corrected"], json!([]));
}

#[test]
fn a_gift_that_is_changed_there_to_what_it_reads_as_here_agrees_and_one_that_is_only_said_to_be_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let date = "[fields]\ndate = { column = \"Gift Date\", steps = [{ replace = [\"2019-03-04\", \"2019-04-04\"] }, { replace = [\"2019-03-05\", \"2019-04-05\"] }] }\n\n[values.fund]";
    let simulator = corrected(folder, "[values.fund]", date);
    run(folder, &["check"], 3);
    assert_eq!(keys(&run(folder, &["unresolved"], 3)), ["G-3", "G-4"]);

    // One is changed there. Both are said to be.
    let (id, contact) = gifts_there(&simulator)["G-3"];
    let minor = gift_minor(3);
    let settings = std::fs::read_to_string(folder.join("heirloom.toml")).unwrap();
    let batch = settings.lines().find_map(|line| line.strip_prefix("batch = ")).unwrap().trim_matches('"');
    let projects = admin(&simulator, "GET", "projects", "");
    let garden = projects.as_array().unwrap().iter().find(|one| one["code"] == "GARDEN").unwrap();
    let amount = format!("{}.{:02}", minor / 100, minor % 100);
    // The vendor's PUT replaces all of a gift.
    let gift = json!({
        "transactionSource": "first-steps", "transactionId": "G-3",
        "contactId": contact, "giftType": "Check", "giftDate": "2019-04-04", "receiptDate": "2019-04-04",
        "amount": amount, "batch": batch,
        "giftDesignations": [{ "projectId": garden["id"], "amountDesignated": amount }],
    });
    let (status, answer) = vendor_says(&simulator, &format!("PUT /api/Gift/{id}"), &gift);
    assert_eq!(status, 200, "{answer}");
    let ruled = run(folder, &["unresolved", "resolve", "all", "--as", "corrected", "--initials", "DK"], 0);
    assert_eq!(ruled["ruled"], json!(["G-3", "G-4"]));
    assert_eq!(run(folder, &["unresolved"], 0)["corrected"], json!([]));

    // The query is the truth.
    let found = run(folder, &at(&["reconcile"], &simulator), 3);
    assert_eq!((&found["gifts"]["agree"], &found["gifts"]["corrected"]), (&json!(GIFTS), &json!(1)));
    assert_eq!((&found["gifts"]["differs"], &found["totals_tie"]), (&json!([]), &json!(true)));
    assert_eq!(keys(&run(folder, &["unresolved"], 3)), ["G-4"]);
    run(folder, &["unresolved", "resolve", "G-4", "--as", "corrected", "--initials", "DK"], 0);
    assert_eq!(run(folder, &["unresolved"], 0)["corrected"], json!([]));
}

#[test]
fn what_would_not_be_sent_any_more_is_to_be_reversed_and_a_donor_is_named_with_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rule =
        "[[exclude]]\nrule = \"bounced\"\nwhen = [{ column = \"Gift ID\", is = [\"G-7\"] }]\n\n[values.fund]";
    let simulator = corrected(folder, "[values.fund]", rule);
    rename_a_donor(folder);
    run(folder, &["check"], 3);
    let listed = run(folder, &["unresolved"], 3);
    let all = listed["corrected"].as_array().unwrap();
    assert_eq!(all.len(), 2, "{listed}");
    assert_eq!(
        (&all[0]["key"], &all[0]["kind"], &all[0]["do"]),
        (&json!("D-2"), &json!("donor"), &json!("change"))
    );
    assert_eq!(all[0]["fields"], json!([{ "field": "last name", "sent": "Family2", "now": "Familie2" }]));
    assert_eq!((&all[1]["key"], &all[1]["do"]), (&json!("G-7"), &json!("reverse")));
    assert_eq!(all[1]["fields"][0]["now"], "left out: bounced");
    // It is there, as it was sent: the totals are still those of what was sealed.
    let found = run(folder, &at(&["reconcile"], &simulator), 3);
    assert_eq!((&found["gifts"]["agree"], &found["totals_tie"]), (&json!(GIFTS), &json!(true)));
    assert_eq!(admin(&simulator, "GET", "gifts", "").as_array().unwrap().len(), GIFTS);

    // The donor is changed there; the gift is said to be reversed. Neither is a difference.
    let (status, contact) = vendor_says(&simulator, "GET /api/Contact/first-steps/D-2", &Value::Null);
    assert_eq!(status, 200, "{contact}");
    let person = &contact["contactIndividuals"][0]["id"];
    let named = json!({ "firstName": "Given2", "lastName": "Familie2" });
    let (status, answer) = vendor_says(&simulator, &format!("PUT /api/ContactIndividual/{person}"), &named);
    assert_eq!(status, 200, "{answer}");
    let found = run(folder, &at(&["reconcile"], &simulator), 3);
    assert_eq!((&found["contacts"]["differs"], &found["contacts"]["corrected"]), (&json!([]), &json!(1)));
    assert_eq!(keys(&run(folder, &["unresolved"], 3)), ["G-7"]);
    let rules = ["unresolved", "resolve", "all", "--as", "corrected", "--initials", "DK"];
    assert_eq!(run(folder, &rules, 0)["ruled"], json!(["G-7"]));
    run(folder, &["status"], 0);
}

#[test]
fn a_donor_and_a_gift_can_be_said_to_be_corrected_in_one_word_and_what_cannot_be_read_is_not_to_be_reversed()
{
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A fund that nobody knows any more: its gifts would be held today.
    let simulator = corrected(folder, "\"School Garden\" = \"GARDEN\"\n", "");
    rename_a_donor(folder);
    run(folder, &["check"], 3);
    let listed = run(folder, &["unresolved"], 3);
    let all = listed["corrected"].as_array().unwrap();
    let kinds = |kind: &str| all.iter().filter(|one| one["kind"] == kind).count();
    assert_eq!((kinds("donor"), kinds("gift")), (1, GIFTS / 3));
    let gifts = all.iter().filter(|one| one["kind"] == "gift");
    assert!(gifts.clone().all(|one| one["do"] == "look at"), "{listed}");
    let shown = said(&heirloom(folder, &["unresolved"])).1;
    let lines = |begin: &str| shown.lines().filter(|line| line.trim().starts_with(begin)).count();
    assert_eq!(
        (lines("look at    gift G-"), lines("change     donor D-2,"), lines("reverse")),
        (GIFTS / 3, 1, 0),
        "{shown}"
    );
    let rules = ["unresolved", "resolve", "all", "--as", "corrected", "--initials", "DK"];
    assert_eq!(run(folder, &rules, 0)["ruled"].as_array().unwrap().len(), all.len());
    // The donor's name can be seen, and is as it was. Said of what no reading shows it stays said, also when
    // something else of the mapping changes.
    run(folder, &at(&["reconcile"], &simulator), 3);
    correct(folder, "[values.fund]", "[values.fund]\n\"Another\" = \"GEN\"");
    run(folder, &["check"], 3);
    assert_eq!(keys(&run(folder, &["unresolved"], 3)), ["D-2"]);
}

#[test]
fn what_is_thrown_away_and_corrected_goes_again_as_it_reads_now() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    admin(&simulator, "POST", "night", "");
    let imports = admin(&simulator, "GET", "imports", "");
    let import = imports.as_array().unwrap().last().unwrap()["id"].clone();
    admin(&simulator, "POST", &format!("discard?import={import}"), "");
    run(
        folder,
        &["unresolved", "resolve", "plan:002-gifts", "--as", "discarded", "--initials", "DK", "--early"],
        0,
    );
    correct(folder, "\"School Garden\" = \"GARDEN\"", "\"School Garden\" = \"GEN\"");
    run(folder, &["check"], 0);
    run(folder, &["unresolved", "resolve", "plan:002-gifts", "--as", "again", "--initials", "DK"], 0);
    let planned = run(folder, &at(&["plan"], &simulator), 0);
    assert_eq!(planned["plans"], json!(["003-gifts"]));
    run(folder, &apply("003-gifts", &simulator), 12);
    night_and_run(&simulator);
    let found = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!((&found["gifts"]["agree"], &found["totals_tie"]), (&json!(GIFTS), &json!(true)));
    let funds: BTreeSet<&str> =
        found["cells"].as_array().unwrap().iter().map(|c| c["fund"].as_str().unwrap()).collect();
    assert_eq!(funds, BTreeSet::from(["GEN"]), "as it reads now, not as it was thrown away");
}

#[test]
fn a_row_that_leaves_its_split_gift_is_told_of_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 6, 4);
    let input = folder.join("input/gifts.csv");
    let giving = std::fs::read_to_string(&input).unwrap();
    let first = giving.lines().find(|line| line.starts_with("G-1,")).unwrap();
    let fields: Vec<&str> = first.split(',').collect();
    let split = format!("{},{},{},40.00,{},Extra Fund", fields[0], fields[1], fields[2], fields[4]);
    std::fs::write(&input, format!("{giving}{split}\n")).unwrap();
    correct(folder, "[values.fund]", "[grain]\nrow = \"part\"\n\n[values.fund]\n\"Extra Fund\" = \"GARDEN\"");
    let simulator = gifts_sent_of(folder);
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 0);
    let rule = "[[exclude]]\nrule = \"misposted\"\nwhen = [{ column = \"Fund\", is = [\"Extra Fund\"] }]\n\n[values.fund]";
    correct(folder, "[values.fund]", rule);
    run(folder, &["check"], 3);
    let listed = run(folder, &["unresolved"], 3);
    assert_eq!(keys(&listed), ["G-1"]);
    let fields = listed["corrected"][0]["fields"].as_array().unwrap();
    let field =
        |name: &str| fields.iter().find(|one| one["field"] == name).unwrap_or_else(|| panic!("{listed}"));
    let dollars = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
    let own = gift_minor(1);
    assert_eq!(
        (&field("amount")["sent"], &field("amount")["now"]),
        (&json!(dollars(own + 4_000)), &json!(dollars(own)))
    );
    assert_eq!(field("its further row")["sent"], "$40.00");
    assert_eq!(field("its further row")["now"], "left out: misposted");
}
