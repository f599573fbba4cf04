//! The page as a whole: harmless, complete, small.

use super::*;
use crate::{Agreement, DoubtLine, RuleLine};
use crate::{hostile, invented};

#[test]
fn the_page_holds_every_section() {
    let page = html(&invented::food_bank());
    let ids = [
        "answer",
        "rehearsal",
        "chain",
        "todo",
        "years",
        "funds",
        "types",
        "piles",
        "findings",
        "donors",
        "plans",
        "reconcile",
        "doubt",
        "decisions",
        "files",
        "provenance",
        "signoff",
    ];
    for id in ids {
        assert!(page.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    for text in
        ["REHEARSAL", "$487,312.65", "−$11,870.40", "2,419 rows", "heirloom unresolved", "Bldg Fnd 98"]
    {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_real_run_is_not_called_a_rehearsal() {
    let mut report = invented::food_bank();
    report.rehearsal = None;
    let page = html(&report).replace(STYLE, "");
    assert!(!page.to_lowercase().contains("rehearsal"));
}

#[test]
fn a_page_written_beside_another_run_says_so() {
    assert!(!html(&invented::food_bank()).contains("AT WORK"));
    let page = html(&Report { at_work: Some("dana-laptop process 4711".into()), ..invented::food_bank() });
    assert!(page.contains("AT WORK") && page.contains("dana-laptop process 4711"));
}

#[test]
fn hostile_text_stays_text() {
    let page = html(&hostile::report());
    let calm = html(&Report { at_work: Some("laptop".into()), ..invented::food_bank() });
    for tag in ["<script", "<img", "</title>", "</style>", "<a ", "<p", "<td", "<th", "<li", "<rect", "<text"]
    {
        assert_eq!(page.matches(tag).count(), calm.matches(tag).count(), "{tag}");
    }
    assert!(!page.contains("<script"));
    assert!(!page.chars().any(|c| c != '\n' && is_hostile(c)));
    assert!(page.contains("&#60;script&#62;"));
}

#[test]
fn the_page_asks_for_nothing_from_outside() {
    let page = html(&invented::food_bank());
    for word in ["http://", "https://", "src=", "@import", " style=", "javascript:", "<link", "<iframe"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn the_policy_allows_exactly_this_style() {
    assert_eq!(base64(&sha256(STYLE.replace("\r\n", "\n").as_bytes())), STYLE_HASH);
}

#[test]
fn every_tag_that_opens_closes() {
    let page = html(&hostile::report());
    let body = page.split_once("</style>").unwrap().1;
    let mut open = Vec::new();
    for tag in body.split('<').skip(1).filter_map(|t| t.split_once('>')).map(|t| t.0) {
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        if tag.starts_with('/') {
            if name != "html" && name != "head" {
                assert_eq!(open.pop(), Some(name));
            }
        } else if !tag.ends_with('/') && name != "br" {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn a_report_of_a_million_gifts_stays_under_five_megabytes() {
    let mut report = hostile::report();
    let long = "<&\"'".repeat(500);
    let line = |i: usize| Agreement {
        label: format!("{i}{long}"),
        file: heirloom_model::Tally { rows: 9, minor: i as i128 },
        ..Agreement::default()
    };
    for lines in [&mut report.by_year, &mut report.by_fund, &mut report.by_type] {
        *lines = (0..2_000).map(line).collect();
    }
    report.excluded = vec![RuleLine { rule: long.clone(), rows: 1, minor: 1 }; 2_000];
    report.in_doubt =
        vec![DoubtLine { key: long.clone(), since: long.clone(), ..DoubtLine::default() }; 2_000];
    report.decisions = vec![long.clone(); 2_000];
    report.files = vec![report.files[0].clone(); 2_000];
    report.plans = vec![report.plans[1].clone(); 2_000];
    report.chain = vec![report.chain[1].clone(); 2_000];
    report.duplicates.examples = vec![report.duplicates.examples[0].clone(); 2_000];
    report.provenance = vec![(long.clone(), long); 2_000];
    let group = report.findings[0].clone();
    report.findings = heirloom_model::Code::ALL
        .iter()
        .map(|&code| crate::FindingGroup {
            code,
            values: vec![group.values[0].clone(); 1_000],
            ..group.clone()
        })
        .collect();
    let size = html(&report).len();
    assert!(size < 5_000_000, "{size} bytes");
}

#[test]
fn a_broken_chain_is_said_loudly() {
    let mut report = invented::food_bank();
    report.chain[1].rows += 1;
    assert!(html(&report).contains("These lines do not add up."));
}

/// SHA-256 as FIPS 180-4 states it, so that the test needs no library.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let primes: Vec<u64> = (2u64..312).filter(|n| (2..*n).all(|d| n % d != 0)).collect();
    let fraction = |root: f64| (root.fract() * 4_294_967_296.0) as u32;
    let k: Vec<u32> = primes.iter().map(|&p| fraction((p as f64).cbrt())).collect();
    let mut h: Vec<u32> = primes[..8].iter().map(|&p| fraction((p as f64).sqrt())).collect();
    let mut data = bytes.to_vec();
    data.push(0x80);
    data.resize(data.len().next_multiple_of(64), 0);
    if data.len() - bytes.len() < 9 {
        data.resize(data.len() + 64, 0);
    }
    let end = data.len() - 8;
    data[end..].copy_from_slice(&(bytes.len() as u64 * 8).to_be_bytes());
    for block in data.chunks(64) {
        let mut w: Vec<u32> = block.chunks(4).map(|c| u32::from_be_bytes(c.try_into().unwrap())).collect();
        for i in 16..64 {
            let (a, b) = (w[i - 15], w[i - 2]);
            let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let mut v = h.clone();
        for i in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let t1 = v[7].wrapping_add(s1).wrapping_add(choice).wrapping_add(k[i]).wrapping_add(w[i]);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(t1);
            v[0] = t1.wrapping_add(s0).wrapping_add(majority);
        }
        h.iter_mut().zip(v).for_each(|(h, v)| *h = h.wrapping_add(v));
    }
    let bytes: Vec<u8> = h.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.try_into().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32, place: u32| DIGITS[(bits >> (18 - 6 * place) & 63) as usize] as char;
    let group = |group: &[u8]| {
        let bits = group.iter().enumerate().fold(0, |bits, (i, b)| bits | u32::from(*b) << (16 - 8 * i));
        (0..4).map(|i| if i as usize <= group.len() { digit(bits, i) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
