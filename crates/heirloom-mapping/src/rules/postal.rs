//! C005, C006: postal codes of the United States and Canada; others stay as written.

use heirloom_model::{Address, Code};

use crate::desk::Desk;
use crate::read::Seen;
use crate::text::fold;

/// States and territories whose codes may begin with a zero.
const ZERO_STATES: [&str; 26] = [
    "ct",
    "connecticut",
    "ma",
    "massachusetts",
    "me",
    "maine",
    "nh",
    "newhampshire",
    "nj",
    "newjersey",
    "ri",
    "rhodeisland",
    "vt",
    "vermont",
    "pr",
    "puertorico",
    "vi",
    "virginislands",
    "usvirginislands",
    "ny",
    "newyork",
    "ae",
    "apo",
    "fpo",
    "dpo",
    "usvi",
];
const PROVINCES: [&str; 13] = ["ab", "bc", "mb", "nb", "nl", "ns", "nt", "nu", "on", "pe", "qc", "sk", "yt"];

/// Brings the code into its country's form; what does not fit stays as written, with a finding.
pub(crate) fn check(desk: &mut Desk<'_>, seen: &Seen<'_>, address: &mut Address) {
    let country = fold(&address.country);
    let is_us = matches!(country.as_str(), "" | "us" | "usa" | "unitedstates" | "unitedstatesofamerica");
    let is_canada = matches!(country.as_str(), "ca" | "can" | "canada");
    if address.postal.is_empty() || !is_us && !is_canada {
        return;
    }
    let state = fold(&address.state);
    let canadian = canadian(&address.postal);
    if is_canada || country.is_empty() && PROVINCES.contains(&state.as_str()) {
        match canadian {
            Some(code) => address.postal = code,
            None => desk.add(Code::BadPostal, seen, "not of the form A1A 1A1"),
        }
        return;
    }
    let digits: String = address.postal.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    match digits.len() {
        5 | 9 if all_digits => address.postal = zip(&digits),
        4 | 8 if all_digits && ZERO_STATES.contains(&state.as_str()) => {
            address.postal = zip(&format!("0{digits}"));
            desk.add(Code::PostalZero, seen, format!("now {}", address.postal));
        }
        _ => desk.add(Code::BadPostal, seen, ""),
    }
}

fn zip(digits: &str) -> String {
    match digits.len() {
        9 => format!("{}-{}", &digits[..5], &digits[5..]),
        _ => digits.to_owned(),
    }
}

/// `K1A 0B1`.
fn canadian(text: &str) -> Option<String> {
    let code: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let fits = code.len() == 6
        && code.bytes().enumerate().all(
            |(i, b)| {
                if i % 2 == 0 { b.is_ascii_uppercase() } else { b.is_ascii_digit() }
            },
        );
    fits.then(|| format!("{} {}", &code[..3], &code[3..]))
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn lost_zeros_come_back_where_the_state_allows_it() {
        let toml = "[fields]\nlast = { column = \"last\" }\n[[address]]\nline1 = { constant = \"1 Elm St\" }\nstate = { column = \"state\" }\npostal = { column = \"zip\" }\ncountry = { column = \"country\" }";
        let check = |cells: &str, postal: &str, code: &str| {
            let row = format!("1|Lee|{cells}");
            let file = Gifts::donors(toml, "id|last|state|zip|country", &[&row]);
            assert_eq!(file.donor(0).reach.addresses[0].postal, postal, "{cells}");
            assert_eq!(file.codes(), [code], "{cells}");
        };
        check("CT|6417|", "06417", "donor C006");
        check("NJ|70430001|US", "07043-0001", "donor C006");
        check("TX|78701|", "78701", "donor");
        check("TX|787010142|", "78701-0142", "donor");
        check("TX|78701-0142|USA", "78701-0142", "donor");
        check("TX|7870|", "7870", "donor C005");
        check("ON|k1a0b1|", "K1A 0B1", "donor");
        check("|K1A 0B1|Canada", "K1A 0B1", "donor");
        check("ON|12345|Canada", "12345", "donor C005");
        check("|SW1A 1AA|United Kingdom", "SW1A 1AA", "donor");
        check("TX||", "", "donor");
    }
}
