//! What the words of a column's name say about it, where no system is known to call it so.

use crate::spec::RecordKind;

/// The fields that are guessed, in the order of a mapping.
pub(super) const GIFT: [&str; 11] = [
    "id",
    "donor",
    "date",
    "amount",
    "type",
    "currency",
    "method",
    "fund",
    "appeal",
    "check_number",
    "receipt_date",
];

/// The same for donors.
pub(super) const DONOR: [&str; 34] = [
    "id",
    "kind",
    "organization",
    "title",
    "first",
    "middle",
    "last",
    "suffix",
    "nickname",
    "name",
    "spouse_title",
    "spouse_first",
    "spouse_last",
    "household",
    "birth",
    "gender",
    "address line1",
    "address line2",
    "address city",
    "address state",
    "address postal",
    "address country",
    "phone home",
    "phone mobile",
    "phone work",
    "phone other",
    "email home",
    "email work",
    "deceased",
    "do_not_mail",
    "do_not_call",
    "do_not_email",
    "do_not_contact",
    "anonymous",
];

/// The fields of a kind of record.
pub(super) fn fields(record: RecordKind) -> &'static [&'static str] {
    match record {
        RecordKind::Gift => &GIFT,
        RecordKind::Donor => &DONOR,
    }
}

const NUMBER: [&str; 9] = ["id", "number", "no", "num", "nbr", "ref", "key", "code", "#"];
const GIVER: [&str; 9] =
    ["donor", "constituent", "contact", "account", "supporter", "customer", "person", "member", "cons"];
const GIVING: [&str; 9] =
    ["gift", "donation", "transaction", "contribution", "payment", "receipt", "entry", "trans", "txn"];

/// The words of a name, in small letters: `GiftDate`, `gift_date` and `Gift Date` are alike.
pub(super) fn words(header: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in header.chars() {
        if !c.is_alphanumeric() && c != '#' {
            before = ' ';
            continue;
        }
        let begins = before == ' ' || c.is_uppercase() && before.is_lowercase() || c == '#';
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

/// How far the words of a name speak for a field, from 0 to 50.
pub(super) fn points(record: RecordKind, field: &str, header: &str) -> u8 {
    let words = words(header);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    let part = |list: &[&str]| words.iter().any(|w| list.iter().any(|l| w.contains(l)));
    let only = |list: &[&str]| words.len() == 1 && has(list);
    match (record, field) {
        (RecordKind::Gift, "id") if part(&GIVING) && has(&NUMBER) && !part(&GIVER) => 45,
        (RecordKind::Gift, "id")
            if only(&["giftid", "giftref", "giftno", "transactionid", "donationid", "id"]) =>
        {
            40
        }
        (RecordKind::Gift, "id") if only(&["reference", "ref", "number", "key"]) => 25,
        (RecordKind::Gift, "donor")
            if part(&GIVER) && has(&NUMBER) && !part(&["soft", "credit", "phone"]) =>
        {
            45
        }
        (RecordKind::Gift, "donor")
            if only(&["donorid", "constituentid", "contactid", "donor", "accountid"]) =>
        {
            35
        }
        (RecordKind::Gift, "date") => date(&words),
        (RecordKind::Gift, "amount") => amount(&words),
        (RecordKind::Gift, "type")
            if has(&["type", "status", "stage"])
                && !part(&["phone", "address", "tender", "card", "record"]) =>
        {
            35
        }
        (RecordKind::Gift, "method")
            if part(&["tender"])
                || has(&["method"])
                || part(&["pay", "paid"]) && has(&["type", "via", "by"]) =>
        {
            45
        }
        (RecordKind::Gift, "fund")
            if part(&["fund", "designation", "project", "purpose", "allocation"]) && !part(&["refund"]) =>
        {
            42
        }
        (RecordKind::Gift, "fund") if has(&["gl", "for"]) => 30,
        (RecordKind::Gift, "appeal") if part(&["appeal", "solicit", "segment"]) => 42,
        (RecordKind::Gift, "check_number") if part(&["check", "cheque", "chk"]) => 42,
        (RecordKind::Gift, "currency") if part(&["currency"]) => 40,
        (RecordKind::Gift, "receipt_date") if part(&["receipt"]) && part(&["date"]) => 40,
        (RecordKind::Donor, _) => donor(field, &words, &has, &part),
        _ => 0,
    }
}

fn date(words: &[String]) -> u8 {
    let part = |list: &[&str]| words.iter().any(|w| list.iter().any(|l| w.contains(l)));
    if !part(&["date", "day", "when"]) && !words.iter().any(|w| w == "on" || w == "created") {
        return 0;
    }
    let others = [
        "birth", "enter", "modif", "thank", "ack", "post", "receipt", "updat", "expir", "start", "end",
        "due", "letter",
    ];
    match () {
        () if part(&others) => 12,
        () if part(&GIVING) => 45,
        () if part(&["added", "creat"]) => 25,
        () => 40,
    }
}

fn amount(words: &[String]) -> u8 {
    let part = |list: &[&str]| words.iter().any(|w| list.iter().any(|l| w.contains(l)));
    if !part(&["amount", "amt", "gross", "total", "value", "received", "paid", "much"]) {
        return 0;
    }
    let others = [
        "refund", "fee", "net", "deduct", "pledge", "balance", "match", "convert", "soft", "credit", "split",
        "market", "date",
    ];
    match () {
        () if part(&others) => 12,
        () if part(&GIVING) => 45,
        () => 40,
    }
}

fn donor(field: &str, words: &[String], has: &dyn Fn(&[&str]) -> bool, part: &dyn Fn(&[&str]) -> bool) -> u8 {
    let spouse = part(&["spouse", "partner", "spsp"]);
    let no = part(&["no", "not", "opt", "nomail"]);
    let mine = match field {
        "id" => {
            part(&GIVER) && has(&NUMBER)
                || words.len() == 1 && has(&["id", "donorid", "constituentid", "contactid"])
        }
        "kind" => has(&["type", "kind", "indicator"]) && !part(&["phone", "address", "email", "gift", "pay"]),
        "organization" => part(&["organi", "company", "business"]) && !part(&["phone", "address", "email"]),
        "title" => has(&["title", "prefix", "salutation"]) && !spouse,
        "first" => has(&["first", "given", "firstname", "fname"]) && !spouse && !part(&["gift"]),
        "middle" => has(&["middle", "mi", "middlename"]) && !spouse,
        "last" => {
            has(&["last", "surname", "lastname", "lname", "family"])
                && !spouse
                && !part(&["gift", "modif", "date"])
        }
        "suffix" => has(&["suffix"]) && !spouse,
        "nickname" => part(&["nick", "informal"]),
        "name" => {
            has(&["name", "fullname"])
                && !spouse
                && !part(&["first", "last", "middle", "organi", "company", "fund", "campaign", "user"])
        }
        "spouse_title" => spouse && has(&["title", "prefix"]),
        "spouse_first" => spouse && has(&["first", "firstname"]),
        "spouse_last" => spouse && has(&["last", "lastname"]),
        "household" => part(&["household"]) && has(&NUMBER),
        "birth" => part(&["birth", "dob"]),
        "gender" => has(&["gender", "sex"]),
        "address line1" => {
            part(&["street", "addr"]) && !part(&["2", "email", "type", "city", "state", "zip", "country"])
        }
        "address line2" => part(&["street", "addr"]) && part(&["2"]) || has(&["apt", "unit"]),
        "address city" => has(&["city", "town"]),
        "address state" => has(&["state", "province", "region"]),
        "address postal" => part(&["zip", "postal", "postcode"]),
        "address country" => has(&["country"]),
        "phone mobile" => part(&["mobile", "cell"]) && !no,
        "phone work" => part(&["phone", "tel"]) && part(&["work", "business", "office"]) && !no,
        "phone home" => {
            part(&["phone", "telephone"])
                && !part(&["work", "business", "office", "type", "mobile", "cell", "fax"])
                && !no
        }
        "phone other" => part(&["phone"]) && part(&["other", "fax"]) && !no,
        "email home" => {
            part(&["email", "mail"])
                && !part(&["work", "business", "type", "street", "address1", "mailing"])
                && !no
        }
        "email work" => part(&["email"]) && part(&["work", "business"]) && !no,
        "deceased" => part(&["deceas"]) && !part(&["date"]),
        "do_not_mail" => no && part(&["mail"]) && !part(&["email"]),
        "do_not_call" => no && part(&["call", "phone"]),
        "do_not_email" => no && part(&["email"]),
        "do_not_contact" => no && part(&["contact", "solicit"]),
        "anonymous" => part(&["anon"]),
        _ => false,
    };
    if mine { 42 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_written_in_any_way_have_the_same_words() {
        for header in ["GiftDate", "gift_date", "Gift Date", "Gift-Date"] {
            assert_eq!(words(header), ["gift", "date"], "{header}");
        }
    }

    #[test]
    fn the_words_of_a_name_speak_for_its_field() {
        let check = |field, header, more_than: u8| {
            assert!(points(RecordKind::Gift, field, header) > more_than, "{field} {header}");
        };
        check("id", "Gift Ref", 40);
        check("donor", "Constituent No", 40);
        check("date", "Gift Date", 40);
        check("amount", "Amt Received", 30);
        assert!(points(RecordKind::Gift, "date", "Date Entered") < 20);
        assert!(points(RecordKind::Gift, "amount", "Fee Amount") < 20);
        assert_eq!(points(RecordKind::Gift, "fund", "Amount Refunded"), 0);
    }
}
