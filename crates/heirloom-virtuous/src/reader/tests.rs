//! Reads against scripted answers.

use std::collections::VecDeque;

use bytes::Bytes;
use heirloom_model::{Currency, GiftDate, Money, SourceName};
use secrecy::SecretString;

use http::Request;

use super::*;
use crate::pacer::{PaceTerms, Permit};
use crate::reading::Reply;

const START: Moment = Moment(1_795_435_200_000);

struct Script {
    replies: VecDeque<Reply>,
    requests: Vec<(String, String)>,
    in_air: VecDeque<u64>,
}

impl Transport for Script {
    fn begin(&mut self, ticket: u64, request: Request<Bytes>, _permit: Permit) {
        let line = format!("{} {}", request.method(), request.uri());
        let body = String::from_utf8_lossy(request.body()).into_owned();
        self.requests.push((line, body));
        self.in_air.push_back(ticket);
    }

    fn poll(&mut self, _wait_ms: i64) -> Option<(u64, Reply)> {
        let ticket = self.in_air.pop_front()?;
        Some((ticket, self.replies.pop_front().expect("an answer for every request")))
    }
}

struct Virtual {
    now: Moment,
    calls: Vec<String>,
    stop: bool,
}

impl Clock for Virtual {
    fn now(&mut self) -> Moment {
        self.now
    }

    fn wait(&mut self, until: Moment, _why: &str) -> Waited {
        self.now = self.now.max(until);
        if self.stop { Waited::Interrupted } else { Waited::Done }
    }

    fn leaving(&mut self, _: Moment, what: &str) -> bool {
        self.calls.push(what.to_owned());
        true
    }

    fn keep(&mut self, _: WindowSeen) {}
}

fn answer(status: u16, body: &str) -> Reply {
    Reply::Answered { status, headers: vec![], body: Bytes::copy_from_slice(body.as_bytes()) }
}

struct Read {
    script: Script,
    clock: Virtual,
}

impl Read {
    fn of(replies: Vec<Reply>) -> Self {
        Read {
            script: Script { replies: replies.into(), requests: vec![], in_air: VecDeque::new() },
            clock: Virtual { now: START, calls: vec![], stop: false },
        }
    }

    fn run<R>(&mut self, read: impl FnOnce(&mut Reader<Script, Virtual>) -> R) -> R {
        let base = url::Url::parse("http://127.0.0.1:1/").unwrap();
        let target = Target::new(base, SecretString::from("v".to_owned())).unwrap();
        let mut pacer = Pacer::new(PaceTerms::default(), &[], None, START);
        read(&mut Reader::new(&mut self.script, &target, &mut pacer, &mut self.clock))
    }
}

fn source() -> SourceName {
    SourceName::new("old").unwrap()
}

const GIFT: &str = r#"{"id":7,"transactionSource":"old","transactionId":815,"contactId":"42","giftType":"Non-Cash","giftDate":"2023-12-07T00:00:00","amount":10.5,"currencyCode":"USD","batch":"H-1","giftDesignations":[{"projectCode":"GEN","amountDesignated":"$10.50"}],"surprise":[1]}"#;
const CONTACT: &str = r#"{"id":42,"contactType":"Household","name":"A & B","contactReferences":[{"source":"old","id":"D-1"}],"contactIndividuals":[{"firstName":"B","lastName":"X","isPrimary":false,"contactMethods":[{"type":"Mobile Phone","value":"(512) 555-0142"}]},{"firstName":"A","lastName":"X","isPrimary":true,"contactMethods":[{"type":"Home Email","value":"a@example.org"}]}],"address":{"address1":"1 Elm","city":"Mesa","state":"AZ","postal":"85201"},"tags":["Migrated",{"id":1,"tagName":"VIP"}],"mergedIntoContactId":null}"#;

#[test]
fn a_gift_is_read_as_the_vendor_writes_it() {
    let mut read = Read::of(vec![answer(200, &format!(r#"{{"list":[{GIFT}],"total":1}}"#))]);
    let (gifts, more) = read.run(|r| r.gifts_page(&source(), 5)).unwrap();
    assert!(!more);
    let money = Some(Money::new(1_050, Currency::USD));
    assert_eq!((gifts[0].id, gifts[0].contact_id, gifts[0].key.as_str()), (7, 42, "815"));
    assert_eq!((gifts[0].date, gifts[0].amount), (GiftDate::new(2023, 12, 7), money));
    assert_eq!(gifts[0].designations, [("GEN".to_owned(), money)]);
    assert_eq!(
        read.script.requests,
        [(
            "POST http://127.0.0.1:1/api/Gift/Query/FullGift?skip=0&take=1000".to_owned(),
            r#"{"groups":[{"conditions":[{"parameter":"Transaction Source","operator":"Is","value":"old"},{"parameter":"Gift Id","operator":"GreaterThan","value":"5"}]}],"sortBy":"Id","descending":"false"}"#.to_owned()
        )]
    );
}

#[test]
fn a_contact_is_read_with_its_people_the_primary_first() {
    let mut read = Read::of(vec![answer(200, &format!(r#"{{"list":[{CONTACT}],"total":9}}"#))]);
    let (contacts, more) = read.run(|r| r.contacts_page(0)).unwrap();
    assert!(more);
    let contact = &contacts[0];
    assert_eq!(contact.people, [("A".into(), "X".into()), ("B".into(), "X".into())]);
    assert_eq!(contact.references, [("old".into(), "D-1".into())]);
    assert_eq!((contact.emails.len(), contact.phones.len()), (1, 1));
    assert_eq!(contact.tags, ["Migrated", "VIP"]);
    assert_eq!(contact.address.as_ref().unwrap().1, "Mesa");
}

#[test]
fn a_record_is_there_or_cannot_be_seen_or_the_read_fails() {
    let gift = |replies: Vec<Reply>| Read::of(replies).run(|r| r.gift(&source(), "815"));
    assert_eq!(gift(vec![answer(200, GIFT)]).unwrap().unwrap().id, 7);
    assert_eq!(gift(vec![answer(404, "")]).unwrap(), None);
    for foreign in [
        GIFT.replace("815", "816"),
        GIFT.replace("\"old\"", "\"new\""),
        "{}".into(),
        "<html>".into(),
        String::new(),
    ] {
        assert!(
            matches!(gift(vec![answer(200, &foreign); 3]), Err(ReadFailure::Unreadable { .. })),
            "{foreign}"
        );
    }
    let contact =
        |key: &str| Read::of(vec![answer(200, CONTACT)]).run(|r| r.contact_by_reference(&source(), key));
    assert_eq!(contact("D-1").unwrap().unwrap().id, 42);
    assert!(contact("D-2").is_err());
}

#[test]
fn a_vendor_that_never_answers_is_given_up_soon_and_one_that_did_is_waited_for() {
    let unconnected = || Reply::NotConnected { why: "refused".into() };
    let mut read = Read::of(vec![unconnected(); 6]);
    let begun = read.clock.now();
    let failure = read.run(|r| r.contacts_page(0)).unwrap_err();
    assert!(matches!(failure, ReadFailure::Unreachable { .. }), "{failure}");
    assert_eq!(read.clock.calls.len(), 3);
    assert!(read.clock.now().since_ms(begun) < 30_000);

    let mut replies = vec![answer(500, "")];
    replies.extend(vec![unconnected(); 5]);
    let mut read = Read::of(replies);
    assert!(read.run(|r| r.contacts_page(0)).is_err());
    assert_eq!(read.clock.calls.len(), 6);
}

#[test]
fn an_answer_that_was_cut_is_asked_for_again_and_a_foreign_page_soon_given_up() {
    let cut = || answer(200, &CONTACT[..CONTACT.len() / 2]);
    let mut read = Read::of(vec![cut(), cut(), answer(200, CONTACT)]);
    let found = read.run(|r| r.contact_by_reference(&source(), "D-1")).unwrap();
    assert_eq!(found.map(|contact| contact.id), Some(42));

    let mut read = Read::of(vec![answer(200, "<html>Sign in to the guest network</html>"); 3]);
    let begun = read.clock.now();
    let failure = read.run(|r| r.contacts_page(0)).unwrap_err();
    assert!(failure.to_string().contains("it is not whole JSON"), "{failure}");
    assert!(read.clock.now().since_ms(begun) < 2 * 60_000);
}

#[test]
fn a_failed_read_is_an_error_and_never_an_empty_list() {
    for reply in [answer(500, ""), answer(429, ""), answer(302, ""), Reply::Lost { why: "x".into() }] {
        let mut read = Read::of(vec![reply.clone(); 6]);
        let failure = read.run(|r| r.contacts_page(0)).unwrap_err();
        assert!(matches!(failure, ReadFailure::Unreachable { .. }), "{failure}");
        assert_eq!(read.clock.calls.len(), 6);
    }
    for body in [
        "",
        "{}",
        "[]",
        r#"{"list":null}"#,
        r#"{"message":"busy"}"#,
        r#"{"list":[{"name":"no id"}]}"#,
        r#"{"list":[{"id":2},{"id":1}]}"#,
        r#"{"list":[{"id":1}]"#,
    ] {
        let failure = Read::of(vec![answer(200, body); 3]).run(|r| r.contacts_page(0)).unwrap_err();
        assert!(matches!(failure, ReadFailure::Unreadable { .. }), "{body}");
    }
    let failed = |reply: Reply| Read::of(vec![reply]).run(|r| r.contacts_page(0)).unwrap_err();
    assert_eq!(failed(answer(401, "")), ReadFailure::Credentials);
    let body = r#"{"error":{"code":"BAD_REQUEST","message":"Ada Example"}}"#;
    let refused = failed(answer(400, body)).to_string();
    assert_eq!(refused, "read the contacts: the vendor refused the request (400 BAD_REQUEST)");
    assert!(matches!(failed(answer(404, "")), ReadFailure::Refused { status: 404, .. }));
}

#[test]
fn a_read_is_tried_again_and_waits_as_it_is_told() {
    let throttle = |seconds: &str| Reply::Answered {
        status: 429,
        headers: vec![("retry-after".into(), seconds.into())],
        body: Bytes::new(),
    };
    let page = || answer(200, r#"{"list":[],"total":0}"#);
    let mut read = Read::of(vec![throttle("600"), page()]);
    assert_eq!(read.run(|r| r.contacts_page(3)).unwrap(), (vec![], false));
    assert!(read.clock.now.since_ms(START) >= 600_000);
    let mut read = Read::of(vec![throttle("7200")]);
    assert!(matches!(read.run(|r| r.contacts_page(0)), Err(ReadFailure::Paused { .. })));
    let mut read = Read::of(vec![throttle("600")]);
    read.clock.stop = true;
    assert_eq!(read.run(|r| r.contacts_page(0)).unwrap_err(), ReadFailure::Interrupted);
}

#[test]
fn the_organization_says_who_it_is() {
    let body = r#"{"organizationUserId":"12","organizationName":"Harbor Light (Sandbox)","organizationTimeZone":"US/Arizona"}"#;
    let mut read = Read::of(vec![answer(200, body)]);
    let found = read.run(|r| r.organization()).unwrap();
    assert_eq!((found.user_id, found.time_zone.as_str()), (12, "US/Arizona"));
    assert!(Read::of(vec![answer(200, "{}")]).run(|r| r.organization()).is_err());
}

#[test]
fn projects_are_read_whole_or_not_at_all() {
    let row =
        |id: u32| format!(r#"{{"id":{id},"name":"Fund {id}","projectCode":{id}00,"isActive":"false"}}"#);
    let page = |rows: &[u32], total: u32| {
        let rows: Vec<String> = rows.iter().map(|id| row(*id)).collect();
        answer(200, &format!(r#"{{"list":[{}],"total":{total}}}"#, rows.join(",")))
    };
    // A further page begins with the last one that is known.
    let found = Read::of(vec![page(&[1, 2], 3), page(&[2, 3], 3)]).run(|r| r.projects()).unwrap();
    let codes: Vec<&str> = found.iter().map(|p| p.code.as_str()).collect();
    assert_eq!(codes, ["100", "200", "300"]);
    assert!(!found[0].is_active);
    assert!(Read::of(vec![page(&[1, 2], 3), page(&[2, 1], 3)]).run(|r| r.projects()).is_err());
    assert!(Read::of(vec![page(&[1, 2], 3), page(&[], 3)]).run(|r| r.projects()).is_err());
    assert!(Read::of(vec![page(&[1, 2], 3), page(&[2], 3)]).run(|r| r.projects()).is_err());
}

#[test]
fn what_is_deleted_while_a_list_is_read_by_place_hides_nothing() {
    let page = |ids: &[i64], total: usize| {
        let row = |id: &i64| format!(r#"{{"id":{id},"contactId":7,"amountPledged":"5.00"}}"#);
        let rows: Vec<String> = ids.iter().map(row).collect();
        answer(200, &format!(r#"{{"list":[{}],"total":{total}}}"#, rows.join(",")))
    };
    let read = |replies: Vec<Reply>| {
        Read::of(replies).run(|r| {
            let (first, more) = r.promises_page(PromiseKind::Pledge, (0, 0), Currency::USD).unwrap();
            assert!(more);
            let seen = (first.len(), first.last().unwrap().id);
            r.promises_page(PromiseKind::Pledge, seen, Currency::USD)
                .map(|(page, more)| (page.iter().map(|one| one.id).collect::<Vec<_>>(), more))
        })
    };
    assert_eq!(read(vec![page(&[1, 2, 3], 4), page(&[3, 4], 4)]), Ok((vec![4], false)));
    assert_eq!(read(vec![page(&[1, 2, 3], 4), page(&[3], 4)]), Ok((vec![], false)));
    // 1 was deleted: 4 is now where 3 stood, and 3 where nobody would have looked.
    let moved = read(vec![page(&[1, 2, 3], 5), page(&[4, 5], 4)]).unwrap_err();
    assert!(matches!(moved, ReadFailure::Unreadable { .. }), "{moved}");
}

#[test]
fn pages_that_are_too_long_to_arrive_are_asked_for_shorter() {
    let lost = || Reply::Lost { why: "the answer is longer than 8 MiB".into() };
    let page = || answer(200, r#"{"list":[],"total":0}"#);
    let mut read = Read::of(vec![lost(), lost(), lost(), page(), page()]);
    read.run(|r| {
        r.contacts_page(0).unwrap();
        r.gifts_page(&source(), 0).unwrap();
    });
    let asked: Vec<&str> =
        read.script.requests.iter().filter_map(|(line, _)| line.split("take=").nth(1)).collect();
    // One loss is any loss; from the second on each is half as long, and so is what is read after it.
    assert_eq!(asked, ["1000", "1000", "500", "250", "250"]);
}
