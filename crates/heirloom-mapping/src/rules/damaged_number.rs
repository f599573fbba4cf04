//! F006: an id that a spreadsheet rounded, such as `4.92E+17`, or took for a number, such as `1234.0`.

use heirloom_model::{CellKind, Code};

use crate::desk::Desk;
use crate::read::Seen;

/// Whether the id is whole; says so if not.
pub(crate) fn is_whole(desk: &mut Desk<'_>, seen: &Seen<'_>) -> bool {
    let damaged = is_damaged(seen);
    if damaged && !desk.has(Code::DamagedNumber, seen) {
        desk.add(Code::DamagedNumber, seen, "");
    }
    !damaged
}

fn is_damaged(seen: &Seen<'_>) -> bool {
    is_float(&seen.text) || is_power(seen)
}

/// Digits with nothing but zeros behind the point: the id had none of it, and may have lost zeros in front.
fn is_float(text: &str) -> bool {
    let is_all = |part: &str, wanted: fn(&u8) -> bool| !part.is_empty() && part.bytes().all(|b| wanted(&b));
    text.split_once('.')
        .is_some_and(|(whole, rest)| is_all(whole, u8::is_ascii_digit) && is_all(rest, |b| *b == b'0'))
}

fn is_power(seen: &Seen<'_>) -> bool {
    let Some(e) = seen.text.bytes().position(|b| b == b'E' || b == b'e') else {
        return false;
    };
    let (number, power) = seen.text.split_at(e);
    let is_power =
        power[1..].strip_prefix('+').is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    seen.kind == CellKind::Number
        || is_power
            && number.starts_with(|c: char| c.is_ascii_digit())
            && number.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_rounded_id_is_refused_and_an_id_with_an_e_is_not() {
        let file = Gifts::new(
            "",
            &[
                "4.92E+17|D1|1/31/2020|1|GEN|Cash",
                "12E5|D1|1/31/2020|1|GEN|Cash",
                "3|4E+18|1/31/2020|1|GEN|Cash",
                "1234.0|D1|1/31/2020|1|GEN|Cash",
                "1.10|D1|1/31/2020|1|GEN|Cash",
            ],
        );
        assert_eq!(file.codes(), ["held F006", "gift", "held F006", "held F006", "gift"]);
    }
}
