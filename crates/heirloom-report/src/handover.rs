//! The hand-over sheet: one page for the person at the vendor's screen who presses Run.

use std::fmt::Write;

use askama::Template;
use heirloom_model::Currency;

use crate::words::{self, is_hostile};

/// What must be paused before Run, whatever else the page says.
pub const PAUSE_FIRST: &str =
    "Before you press Run: pause automations, receipts and everything that listens for new gifts.";

/// What a page says that was made while something was sent.
pub const STILL_FILLING: &str =
    "Imports may be filling still: make this page again before anybody counts by it.";

/// The hand-over sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The migration's name.
    pub migration: String,
    /// The organization at the target; empty if none is known yet.
    pub organization: String,
    /// Currency of all totals.
    pub currency: Currency,
    /// Whether all this went to a simulated vendor.
    pub is_rehearsal: bool,
    /// Who works with the ledger now: imports may be filling still.
    pub at_work: Option<String>,
    /// Imports, the oldest first.
    pub imports: Vec<HandoverImport>,
    /// How many times somebody still must press Run.
    pub runs: u64,
    /// Sealed, and not sent yet: items, minor units.
    pub unsent: (u64, i128),
    /// Donors who must not be written to, by flag, whatever became of their tags.
    pub flags: Vec<(String, u64)>,
    /// What the API could not carry: what, how much of it.
    pub not_carried: Vec<(String, u64)>,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverImport {
    /// What commands call it: `gifts-2026-11-23`.
    pub name: String,
    /// Items that were sent into it.
    pub items: u64,
    /// Their total in minor units; 0 for contacts.
    pub minor: i128,
    /// Contacts: in how many calls they were sent; the vendor may show an import for each.
    pub calls: u64,
    /// Of them, not seen yet: they wait for Run, or are left of it.
    pub waiting: u64,
    /// Of those that wait: Run was pressed on their import, or by now should have been.
    pub left: u64,
    /// Of them, should be there and are not.
    pub missing: u64,
    /// Of them, discarded there.
    pub discarded: u64,
    /// Of them, nobody knows whether they arrived: the import may hold so many less.
    pub in_doubt: u64,
    /// Minor units of those in doubt.
    pub in_doubt_minor: i128,
}

impl HandoverImport {
    /// Whether somebody must still press Run on it.
    pub fn waits_for_run(&self) -> bool {
        self.waiting - self.left + self.in_doubt > 0
    }

    /// What to do with it, in words.
    pub fn to_do(&self) -> String {
        if self.in_doubt > 0 {
            return "count first: some may not have arrived".to_owned();
        }
        if self.waits_for_run() {
            let each = match self.calls {
                0 | 1 => String::new(),
                calls => format!(" (or {} imports, one for each call)", words::number(calls)),
            };
            return format!("check count and total, press Run{each}");
        }
        if self.left > 0 {
            let rows = words::count(self.left, "row");
            return format!(
                "{rows} not there yet: match or complete them, or press Run if it was not pressed on all"
            );
        }
        match (self.missing, self.discarded) {
            (0, 0) => "done".to_owned(),
            (0, all) if all == self.items => "discarded".to_owned(),
            (0, some) => format!("done; {} discarded", words::number(some)),
            (missing, _) => format!("{} missing: heirloom unresolved", words::number(missing)),
        }
    }
}

/// The page as text for a terminal.
pub fn handover_text(page: &Handover) -> String {
    let mut out = String::new();
    if page.is_rehearsal {
        out += "REHEARSAL: all this is at a simulated vendor.\n";
    }
    if let Some(worker) = &page.at_work {
        let _ = writeln!(out, "AT WORK: {}. {STILL_FILLING}\n", words::safe(worker));
    }
    let _ = writeln!(out, "{PAUSE_FIRST}\n");
    let mut rows = Vec::new();
    for one in &page.imports {
        rows.push(vec![
            one.name.clone(),
            words::number(one.items),
            if one.minor == 0 { String::new() } else { words::money(one.minor, page.currency) },
            one.to_do(),
        ]);
    }
    let align = [words::Align::Left, words::Align::Right, words::Align::Right];
    for line in words::table(&rows, &align).lines() {
        let _ = writeln!(out, "  {line}");
    }
    let _ = writeln!(out, "{}", runs_text(page));
    for one in page.imports.iter().filter(|one| one.in_doubt > 0) {
        let _ = writeln!(
            out,
            "  {}: {} of it, {}, are in doubt",
            one.name,
            words::number(one.in_doubt),
            words::money(one.in_doubt_minor, page.currency)
        );
    }
    for (title, lines) in lists(page) {
        let _ = writeln!(out, "\n{title}");
        for (what, number) in lines {
            let _ = writeln!(out, "  {:>8}  {}", words::number(*number), words::safe(what));
        }
    }
    out
}

fn runs_text(page: &Handover) -> String {
    let partly = page.imports.iter().filter(|one| one.left > 0 && !one.waits_for_run()).count() as u64;
    let mut text = match page.runs {
        0 if partly > 0 => format!(
            "Press Run where nobody did, and match or complete the rest of {}.",
            words::count(partly, "import")
        ),
        0 => "Nothing waits for Run.".to_owned(),
        1 => "Somebody must press Run once.".to_owned(),
        more => format!("Somebody must press Run {} times.", words::number(more)),
    };
    if page.unsent.0 > 0 {
        let count = words::count(page.unsent.0, "item");
        text += &format!(" Not sent yet: {count}, {}.", words::money(page.unsent.1, page.currency));
    }
    text
}

fn lists(page: &Handover) -> Vec<(&'static str, &Vec<(String, u64)>)> {
    let lists = [
        ("Donors who must not be written to; see that each carries its tag:", &page.flags),
        ("What the API could not carry; it is in the old system and in the report:", &page.not_carried),
    ];
    lists.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
}

/// The page as one HTML file to print, without script or network.
pub fn handover_html(page: &Handover) -> String {
    let template = Page { page, style: crate::html::STYLE, style_hash: crate::html::STYLE_HASH };
    let text = template.render().expect("the template only writes into a string");
    let visible = |c| if c != '\n' && is_hostile(c) { words::safe_char(c) } else { c };
    text.chars().map(visible).collect()
}

#[derive(Template)]
#[template(path = "handover.html")]
struct Page<'a> {
    page: &'a Handover,
    style: &'static str,
    style_hash: &'static str,
}

impl Page<'_> {
    fn money(&self, minor: &i128) -> String {
        if *minor == 0 { String::new() } else { words::money(*minor, self.page.currency) }
    }

    fn number(&self, number: &u64) -> String {
        words::number(*number)
    }

    fn runs(&self) -> String {
        runs_text(self.page)
    }

    fn lists(&self) -> Vec<(&'static str, &Vec<(String, u64)>)> {
        lists(self.page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Handover {
        let import = |name: &str, minor, waiting, left, in_doubt| HandoverImport {
            name: name.into(),
            items: 1_200,
            minor,
            calls: 1,
            waiting,
            left,
            missing: 0,
            discarded: 0,
            in_doubt,
            in_doubt_minor: 2_500,
        };
        Handover {
            migration: "Harbor Light".into(),
            organization: "<b>Harbor</b>".into(),
            currency: Currency::USD,
            is_rehearsal: true,
            at_work: None,
            imports: vec![
                import("contacts-2026-11-22", 0, 0, 0, 0),
                import("contacts-2026-11-23", 0, 2, 2, 0),
                import("gifts-2026-11-24", 123_456, 1_199, 0, 1),
            ],
            runs: 1,
            unsent: (2, 300),
            flags: vec![("Deceased".into(), 7)],
            not_carried: vec![("second addresses".into(), 3)],
        }
    }

    #[test]
    fn the_page_opens_with_what_to_pause_and_counts_every_import() {
        let text = handover_text(&page());
        assert_eq!(
            text,
            "REHEARSAL: all this is at a simulated vendor.\n\
             Before you press Run: pause automations, receipts and everything that listens for new gifts.\n\n  \
             contacts-2026-11-22  1,200             done\n  \
             contacts-2026-11-23  1,200             2 rows not there yet: match or complete them, or press Run if it was not pressed on all\n  \
             gifts-2026-11-24     1,200  $1,234.56  count first: some may not have arrived\n\
             Somebody must press Run once. Not sent yet: 2 items, $3.00.\n  \
             gifts-2026-11-24: 1 of it, $25.00, are in doubt\n\n\
             Donors who must not be written to; see that each carries its tag:\n         7  Deceased\n\n\
             What the API could not carry; it is in the old system and in the report:\n         3  second addresses\n"
        );
    }

    #[test]
    fn the_printed_page_says_the_same_and_runs_nothing() {
        let html = handover_html(&page());
        assert!(html.contains(PAUSE_FIRST) && html.contains("$1,234.56") && html.contains("Deceased"));
        assert!(!html.contains("<b>Harbor</b>") && !html.contains("<script"));
    }
}
