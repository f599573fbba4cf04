//! What one call did, as far as can be known: the table of the protocol, as a pure function.

use heirloom_model::{Lists, Moment, Outcome};

use crate::header;
use crate::reading::{Reading, Reply, read};

/// Wait after a call for which no connection was made.
const UNCONNECTED_WAIT_MS: i64 = 60_000;
/// Wait after a 429 that does not say how long.
const THROTTLED_WAIT_MS: i64 = 60_000;

/// What a call carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallShape {
    /// This many items in one list; a list of one counts as single.
    List(u32),
    /// One item.
    Single,
}

/// Decides what a reply to a sending means for its items.
///
/// `earlier_attempt_ours` says whether an earlier attempt of ours may have carried the same
/// key; only then is "already exists" good news. A refused list of more than one item is
/// never *refused*: it had no effect where lists are known to be atomic, else all of it is
/// in doubt.
pub fn classify(
    reply: &Reply,
    call: CallShape,
    lists: Lists,
    earlier_attempt_ours: bool,
    now: Moment,
) -> Outcome {
    let single = matches!(call, CallShape::Single | CallShape::List(0 | 1));
    match read(reply) {
        Reading::Taken => Outcome::Accepted,
        Reading::Unknown { why } => Outcome::InDoubt { why },
        Reading::NotConnected { why } => {
            Outcome::NoEffect { why: format!("no connection: {why}"), wait_ms: UNCONNECTED_WAIT_MS }
        }
        Reading::NoEffect { status } => {
            Outcome::NoEffect { why: status.to_string(), wait_ms: wait_ms(reply, status, now) }
        }
        Reading::Exists { .. } if single && earlier_attempt_ours => Outcome::AlreadyThere,
        Reading::Exists { text } if single => Outcome::Conflict { text },
        Reading::Refused { status, text } if single => Outcome::Refused { code: status, text },
        Reading::Exists { text } => refused_list(lists, &text),
        Reading::Refused { text, .. } => refused_list(lists, &text),
    }
}

fn refused_list(lists: Lists, text: &str) -> Outcome {
    let why = format!("the list was refused: {text}");
    match lists {
        Lists::Atomic => Outcome::NoEffect { why, wait_ms: 0 },
        Lists::PerItem | Lists::Unknown => Outcome::InDoubt { why },
    }
}

fn wait_ms(reply: &Reply, status: u16, now: Moment) -> i64 {
    if status != 429 {
        return 0;
    }
    let seen = header::read(reply.headers(), now);
    let until = seen.retry_after.max(seen.reset);
    until.map_or(THROTTLED_WAIT_MS, |at| at.since_ms(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const NOW: Moment = Moment(1_795_435_200_000);

    fn answered(status: u16, body: &str) -> Reply {
        Reply::Answered { status, headers: vec![], body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    fn kind(reply: &Reply, call: CallShape, lists: Lists, ours: bool) -> &'static str {
        classify(reply, call, lists, ours, NOW).as_str()
    }

    const E1: &str = r#"{"error":{"code":"VALIDATION_FAILED","message":"The designations do not sum.","details":[{"field":"amount","code":"MUST_BE_POSITIVE","message":"no"}]}}"#;
    const E2: &str = r#"{"message":"The request is invalid.","modelState":{"t.Transactions[3].GiftType":["unknown"],"x":"plain"}}"#;
    const E3: &str = r#"{"Message":"Authorization has been denied for this request."}"#;
    const E4: &str = r#"{"error":"invalid_grant","error_description":"no"}"#;
    const E5: &str = r#"{"errors":{"amount":["must be positive"]}}"#;
    const HTML: &str = "<html><body>502 Bad Gateway</body></html>";
    const EXISTS: &str =
        r#"{"message":"The request is invalid.","modelState":{"t":["Gift Transaction Already  Exists."]}}"#;

    #[test]
    fn a_200_is_good_only_when_it_is_whole_and_no_error() {
        let check = |body: &str, expected: &str| {
            for call in [CallShape::Single, CallShape::List(100)] {
                let found = kind(&answered(200, body), call, Lists::Unknown, false);
                assert_eq!(found, expected, "{body}");
            }
        };
        for good in [
            "",
            "  \r\n",
            "null",
            "\u{feff}",
            "{}",
            "[]",
            "true",
            "17",
            "\"ok\"",
            r#"{"id":1}"#,
            r#"{"error":null}"#,
            r#"[{"id":1}]"#,
        ] {
            check(good, "accepted");
        }
        for bad in [
            E1,
            E2,
            E3,
            E4,
            E5,
            HTML,
            "{\"id\":",
            "{\"id\":1",
            "ok",
            r#"{"ERROR":"x"}"#,
            r#"[{"error":"x"}]"#,
        ] {
            check(bad, "in doubt");
        }
        let not_text =
            Reply::Answered { status: 200, headers: vec![], body: Bytes::from_static(b"\xff\xfe") };
        assert_eq!(kind(&not_text, CallShape::Single, Lists::Unknown, false), "in doubt");
    }

    #[test]
    fn a_refusal_with_a_reason_is_certain_for_one_item_only() {
        for status in [400, 409, 422] {
            for body in [E1, E2, E3, E4, E5] {
                let reply = answered(status, body);
                let list = CallShape::List(2);
                assert_eq!(kind(&reply, CallShape::Single, Lists::Unknown, false), "refused");
                assert_eq!(kind(&reply, CallShape::List(1), Lists::Unknown, false), "refused");
                assert_eq!(kind(&reply, list, Lists::Unknown, false), "in doubt");
                assert_eq!(kind(&reply, list, Lists::PerItem, false), "in doubt");
                assert_eq!(kind(&reply, list, Lists::Atomic, false), "no effect");
            }
            for body in ["", HTML, "{}", "nonsense", "{\"message\":\"\"}"] {
                let reply = answered(status, body);
                assert_eq!(kind(&reply, CallShape::Single, Lists::Unknown, false), "in doubt");
                assert_eq!(kind(&reply, CallShape::List(9), Lists::Atomic, false), "in doubt");
            }
        }
    }

    #[test]
    fn already_exists_is_good_news_only_if_an_attempt_of_ours_explains_it() {
        for status in [400, 404, 409, 418, 422] {
            for body in [
                EXISTS,
                "Gift Transaction already exists.",
                HTML.replace("502", "it already\nexists").as_str(),
            ] {
                let reply = answered(status, body);
                assert_eq!(kind(&reply, CallShape::Single, Lists::Unknown, true), "already there");
                assert_eq!(kind(&reply, CallShape::Single, Lists::Unknown, false), "conflict");
                assert_eq!(kind(&reply, CallShape::List(2), Lists::Unknown, true), "in doubt");
                assert_eq!(kind(&reply, CallShape::List(2), Lists::Atomic, true), "no effect");
            }
        }
        assert_eq!(kind(&answered(500, EXISTS), CallShape::Single, Lists::Atomic, true), "in doubt");
    }

    #[test]
    fn what_is_without_effect_and_what_nobody_knows() {
        for call in [CallShape::Single, CallShape::List(100)] {
            for status in [401, 403, 404, 413, 415, 429] {
                for body in ["", HTML, E1, E3] {
                    assert_eq!(kind(&answered(status, body), call, Lists::Unknown, true), "no effect");
                }
            }
            for status in [
                100, 201, 202, 204, 206, 301, 302, 307, 402, 405, 408, 410, 418, 425, 451, 499, 500, 502,
                503, 504, 520,
            ] {
                for body in ["", HTML, E1] {
                    assert_eq!(
                        kind(&answered(status, body), call, Lists::Atomic, false),
                        "in doubt",
                        "{status}"
                    );
                }
            }
            let why = || "why".to_owned();
            assert_eq!(kind(&Reply::NotConnected { why: why() }, call, Lists::Unknown, false), "no effect");
            assert_eq!(kind(&Reply::Lost { why: why() }, call, Lists::Atomic, true), "in doubt");
        }
    }

    #[test]
    fn the_vendors_reason_is_kept_in_its_words_and_short() {
        let text = |body: &str| match classify(
            &answered(400, body),
            CallShape::Single,
            Lists::Unknown,
            false,
            NOW,
        ) {
            Outcome::Refused { code: 400, text } => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            text(E1),
            "VALIDATION_FAILED; The designations do not sum.; field: amount; code: MUST_BE_POSITIVE; message: no"
        );
        assert_eq!(text(E2), "The request is invalid.; t.Transactions[3].GiftType: unknown; x: plain");
        assert_eq!(text(E5), "amount: must be positive");
        let long = format!(r#"{{"message":"{}"}}"#, "é".repeat(900));
        assert_eq!(text(&long).chars().count(), 500);
    }

    #[test]
    fn a_429_says_how_long() {
        let with = |headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let reply = Reply::Answered { status: 429, headers, body: Bytes::new() };
            match classify(&reply, CallShape::Single, Lists::Unknown, false, NOW) {
                Outcome::NoEffect { wait_ms, .. } => wait_ms,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(with(&[]), 60_000);
        assert_eq!(with(&[("retry-after", "847")]), 847_000);
        assert_eq!(with(&[("retry-after", "10"), ("x-ratelimit-reset", "300")]), 300_000);
    }

    #[test]
    fn a_reply_shows_no_donor_in_debug() {
        assert_eq!(format!("{:?}", answered(200, "Ada Example")), "Answered(200, 11 bytes)");
    }
}
