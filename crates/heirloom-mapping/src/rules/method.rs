//! G013, G019: how a gift was paid, with what that kind of payment needs.

use heirloom_model::{Code, Tender, TenderKind};

use super::error_cell;
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::read::{Scene, Seen};
use crate::spec::{GiftSpec, Value};

/// The kind without any finding. Without a method the kind is Other; without a table
/// `[values.method]` the target's own words are understood.
pub(crate) fn quiet(spec: &GiftSpec, seen: &Seen<'_>) -> Option<TenderKind> {
    if spec.method.is_none() {
        return Some(TenderKind::Other);
    }
    let own_words = || TenderKind::parse(&seen.text);
    match &spec.methods {
        Some(methods) => {
            methods.get(&seen.text).copied().or_else(|| seen.is_constant.then(own_words).flatten())
        }
        None => own_words(),
    }
}

/// The kind, or G013.
pub(crate) fn kind(desk: &mut Desk<'_>, spec: &GiftSpec, seen: &Seen<'_>) -> Option<TenderKind> {
    if !error_cell::is_usable(desk, seen) {
        return None;
    }
    let required = spec.method.as_ref().is_some_and(|m| m.required);
    let kind = quiet(spec, seen).filter(|_| !(required && seen.is_blank()));
    match kind {
        None => desk.add(Code::UnmappedMethod, seen, ""),
        Some(kind) if seen.is_blank() && spec.method.is_some() => {
            desk.add(Code::BlankMapped, seen, format!("no payment method is read as {}", kind.as_str()));
        }
        Some(_) => {}
    }
    kind
}

/// The tender with its details, or G019. Details that its kind cannot hold become notes.
pub(crate) fn tender<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    spec: &'a GiftSpec,
    scene: &Scene<'_>,
    kind: TenderKind,
    notes: &mut Vec<String>,
) -> Option<Tender> {
    let check = text(desk, mapper, spec.check_number.as_ref(), scene);
    let card = text(desk, mapper, spec.card_kind.as_ref(), scene);
    if let Some(number) = check.as_ref().filter(|_| kind != TenderKind::Check) {
        notes.push(format!("Check number: {number}"));
    }
    if let Some(card) = card.as_ref().filter(|_| kind != TenderKind::Credit) {
        notes.push(format!("Card: {card}"));
    }
    let custodian = text(desk, mapper, spec.custodian.as_ref(), scene);
    if let Some(custodian) = custodian.as_ref().filter(|_| kind != TenderKind::Qcd) {
        notes.push(format!("IRA custodian: {custodian}"));
    }
    // The transaction has no place for the kind of coin.
    if let Some(coin) = text(desk, mapper, spec.coin.as_ref(), scene) {
        notes.push(format!("Coin: {coin}"));
    }
    Some(match kind {
        TenderKind::Cash => Tender::Cash,
        TenderKind::Check => Tender::Check { number: check },
        TenderKind::Credit => Tender::Credit { kind: card },
        TenderKind::Eft => Tender::Eft,
        TenderKind::Stock => {
            let ticker = detail(desk, mapper, spec.ticker.as_ref(), scene, "ticker");
            let shares = detail(desk, mapper, spec.shares.as_ref(), scene, "number of shares")
                .filter(|shares| whole_shares(desk, mapper, spec, scene, shares));
            Tender::Stock { ticker: ticker?, shares: shares? }
        }
        TenderKind::NonCash => {
            let kind = detail(desk, mapper, spec.noncash_kind.as_ref(), scene, "kind of goods");
            let what = text(desk, mapper, spec.noncash_what.as_ref(), scene);
            // The vendor asks what goods of the kind "Other" are.
            let is_other = kind.as_deref().is_some_and(|k| k.trim().eq_ignore_ascii_case("other"));
            if is_other && what.is_none() {
                let seen = mapper.reader.read_option(spec.noncash_what.as_ref(), scene);
                desk.add(Code::TenderLacks, &seen, "goods of the kind Other need a description");
            }
            Tender::NonCash { kind: kind?, what: what.unwrap_or_default() }
        }
        TenderKind::Crypto => Tender::Crypto,
        TenderKind::Qcd => Tender::Qcd { custodian },
        TenderKind::Other => Tender::Other,
        TenderKind::Reversing => Tender::Reversing,
    })
}

/// The vendor counts shares in whole numbers.
fn whole_shares<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    spec: &'a GiftSpec,
    scene: &Scene<'_>,
    shares: &str,
) -> bool {
    let digits = shares.replace(',', "");
    let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
    let is_whole =
        !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()) && part.bytes().all(|b| b == b'0');
    if !is_whole {
        let seen = mapper.reader.read_option(spec.shares.as_ref(), scene);
        desk.add(Code::TenderLacks, &seen, "the vendor takes whole shares only");
    }
    is_whole
}

fn text<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    value: Option<&'a Value>,
    scene: &Scene<'_>,
) -> Option<String> {
    let value = value?;
    let seen = mapper.reader.read(value, scene);
    error_cell::is_usable(desk, &seen);
    if value.required && seen.is_blank() {
        desk.add(Code::TenderLacks, &seen, "the mapping requires it");
    }
    seen.into_option()
}

fn detail<'a>(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'a>,
    value: Option<&'a Value>,
    scene: &Scene<'_>,
    what: &str,
) -> Option<String> {
    let seen = mapper.reader.read_option(value, scene);
    if !error_cell::is_usable(desk, &seen) {
        return None;
    }
    if seen.is_blank() {
        desk.add(Code::TenderLacks, &seen, format!("the {what} is missing"));
    }
    seen.into_option()
}

#[cfg(test)]
mod tests {
    use heirloom_model::Tender;

    use crate::testing::Gifts;

    #[test]
    fn a_method_is_looked_up_with_the_details_it_needs() {
        let toml = "[fields]\nticker = { column = \"Extra\" }\nshares = { constant = \"3\" }\nnoncash_kind = { column = \"Extra\" }\n[values.method]\nShares = \"Stock\"\nGoods = \"Non-Cash\"";
        let file = Gifts::new(
            toml,
            &[
                "1|D1|1/31/2020|1|GEN|CASH|",
                "2|D1|1/31/2020|1|GEN|Shares|ACME",
                "3|D1|1/31/2020|1|GEN|Shares|",
                "4|D1|1/31/2020|1|GEN|Goods|",
                "5|D1|1/31/2020|1|GEN|Barter|",
            ],
        );
        assert_eq!(file.codes(), ["gift", "gift", "held G019", "held G019", "held G013"]);
        assert_eq!(file.gift(1).tender, Tender::Stock { ticker: "ACME".into(), shares: "3".into() });
    }

    #[test]
    fn a_check_number_on_another_kind_of_gift_becomes_a_note() {
        let toml = "[fields]\ncheck_number = { column = \"Extra\" }";
        let file = Gifts::new(toml, &["1|D1|1/31/2020|1|GEN|Cash|342", "2|D1|1/31/2020|1|GEN|Check|343"]);
        assert_eq!(file.gift(0).details.notes.as_deref(), Some("Check number: 342"));
        assert_eq!(file.gift(1).tender, Tender::Check { number: Some("343".into()) });
    }
}
