//! The JSON document: versioned, in the order of the model, money with its text beside
//! the integer. Its shape is a struct tree of its own, so that the model may change without it.

mod shape;

use heirloom_model::{Currency, Finding, Severity, Tally};

use crate::words::{self, is_hostile};
use crate::{
    Agreement, ChainKind, DonorBalance, Duplicates, FindingGroup, ForeignLine, PlanLine, Report, RowSum,
    RuleLine, Tone, Ways,
};
use shape::*;

/// Writes the report as one pretty JSON document that ends in `\n`.
///
/// Keys stand in a fixed order; an amount is `{"minor": 100, "text": "$1.00"}`. Characters
/// that a terminal might obey are written as `\u` escapes: a reader of JSON gets the text
/// as it was.
pub fn json(report: &Report) -> String {
    let text = serde_json::to_string_pretty(&document(report))
        .expect("the document has string keys and no failing serializer");
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && is_hostile(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

fn document(r: &Report) -> Document<'_> {
    let fill = Fill(r.currency);
    Document {
        version: r.version,
        migration: &r.migration,
        organization: &r.organization,
        source: &r.source,
        currency: r.currency.as_str(),
        exported_on: r.exported_on.to_string(),
        rehearsal: rehearsal(r),
        at_work: r.at_work.as_deref(),
        unsettled: r.unsettled.as_deref(),
        answer: &r.answer,
        tiles: fill.tiles(r),
        chain: fill.chain(r),
        todo: fill.todo(r),
        rows: rows(&r.rows),
        other_currencies: r.other_currencies.iter().map(foreign).collect(),
        files: fill.files(r),
        by_year: fill.agreements(&r.by_year),
        by_fund: fill.agreements(&r.by_fund),
        by_type: fill.agreements(&r.by_type),
        excluded: fill.rules(&r.excluded),
        blanks: fill.rules(&r.blanks),
        piles: fill.piles(r),
        findings: r.findings.iter().map(|g| fill.group(g)).collect(),
        donors: donors(&r.donors),
        duplicates: duplicates(&r.duplicates),
        plans: r.plans.iter().map(|p| fill.plan(p)).collect(),
        reconcile: fill.reconcile(r),
        in_doubt: fill.in_doubt(r),
        decisions: &r.decisions,
        provenance: provenance(r),
        next: &r.next,
    }
}

fn rows(sum: &RowSum) -> RowsDoc {
    RowsDoc {
        text: sum.line(),
        adds_up: sum.adds_up(),
        rows: sum.rows,
        unfolded: sum.unfolded,
        gifts: sum.gifts,
        further: sum.further,
        repeats: sum.repeats,
        sent_before: sum.sent_before,
        excluded: sum.excluded,
        held: sum.held,
        set_aside: sum.set_aside,
        superseded: sum.superseded,
        not_data: sum.not_data,
    }
}

fn foreign(line: &ForeignLine) -> ForeignDoc {
    let fill = Fill(line.currency);
    ForeignDoc {
        pile: line.pile.as_str(),
        currency: line.currency.to_string(),
        rows: line.tally.rows,
        amount: fill.amount(line.tally.minor),
    }
}

/// Fills the parts that hold amounts.
struct Fill(Currency);

impl Fill {
    fn amount(&self, minor: i128) -> Amount {
        Amount { minor, text: words::money(minor, self.0) }
    }

    fn tally(&self, tally: Tally) -> TallyDoc {
        TallyDoc { rows: tally.rows, amount: self.amount(tally.minor) }
    }

    fn tiles<'a>(&self, r: &'a Report) -> Vec<TileDoc<'a>> {
        let tile = |t: &'a crate::Tile| TileDoc {
            label: &t.label,
            rows: t.rows,
            amount: self.amount(t.minor),
            tone: match t.tone {
                Tone::Good => "good",
                Tone::Wait => "wait",
                Tone::Act => "act",
                Tone::Plain => "plain",
            },
        };
        r.tiles.iter().map(tile).collect()
    }

    fn chain<'a>(&self, r: &'a Report) -> Vec<ChainDoc<'a>> {
        let line = |l: &'a crate::ChainLine| ChainDoc {
            label: &l.label,
            kind: match l.kind {
                ChainKind::Start => "start",
                ChainKind::Minus => "minus",
                ChainKind::Subtotal => "subtotal",
                ChainKind::End => "end",
            },
            rows: l.rows,
            amount: self.amount(l.minor),
            note: &l.note,
        };
        r.chain.iter().map(line).collect()
    }

    fn todo<'a>(&self, r: &'a Report) -> Vec<TodoDoc<'a>> {
        let line = |t: &'a crate::Todo| TodoDoc {
            what: &t.what,
            owner: &t.owner,
            rows: t.rows,
            amount: self.amount(t.minor),
            command: &t.command,
        };
        r.todo.iter().map(line).collect()
    }

    fn files<'a>(&self, r: &'a Report) -> Vec<FileDoc<'a>> {
        let line = |f: &'a crate::FileLine| FileDoc {
            name: &f.name,
            sheet: f.sheet.as_deref(),
            rows: f.rows,
            amount: self.amount(f.minor),
            notes: &f.notes,
            digest: &f.digest,
        };
        r.files.iter().map(line).collect()
    }

    fn agreements<'a>(&self, lines: &'a [Agreement]) -> Vec<AgreementDoc<'a>> {
        let line = |a: &'a Agreement| AgreementDoc {
            label: &a.label,
            file: self.tally(a.file),
            excluded: self.tally(a.excluded),
            held: self.tally(a.held),
            sent: self.tally(a.sent),
            confirmed: self.tally(a.confirmed),
            agrees: a.agrees,
        };
        lines.iter().map(line).collect()
    }

    fn rules<'a>(&self, lines: &'a [RuleLine]) -> Vec<RuleDoc<'a>> {
        let line = |l: &'a RuleLine| RuleDoc { rule: &l.rule, rows: l.rows, amount: self.amount(l.minor) };
        lines.iter().map(line).collect()
    }

    fn piles(&self, r: &Report) -> Vec<PileDoc> {
        let line = |(pile, tally): &(heirloom_model::Pile, Tally)| PileDoc {
            pile: pile.as_str(),
            rows: tally.rows,
            amount: self.amount(tally.minor),
        };
        r.piles.iter().map(line).collect()
    }

    fn group<'a>(&self, g: &'a FindingGroup) -> GroupDoc<'a> {
        let value = |(seen, rows, minor): &'a (String, u64, i128)| ValueDoc {
            seen,
            rows: *rows,
            amount: self.amount(*minor),
        };
        GroupDoc {
            code: g.code.as_str(),
            title: g.code.title(),
            severity: match g.code.severity() {
                Severity::Blocks => "blocks",
                Severity::Warns => "warns",
            },
            why: g.code.why(),
            fix: g.code.fix(),
            rows: g.rows,
            amount: self.amount(g.minor),
            values: g.values.iter().map(value).collect(),
            examples: g.examples.iter().map(finding).collect(),
        }
    }

    fn plan<'a>(&self, p: &'a PlanLine) -> PlanDoc<'a> {
        let state = |&(state, items, minor): &(heirloom_model::ItemState, u64, i128)| StateDoc {
            state: state.as_str(),
            items,
            amount: self.amount(minor),
        };
        PlanDoc {
            name: &p.name,
            kind: p.kind.as_str(),
            items: p.items,
            amount: self.amount(p.minor),
            batch: &p.batch,
            states: p.states.iter().map(state).collect(),
            digest: &p.digest,
        }
    }

    fn reconcile<'a>(&self, r: &'a Report) -> Option<ReconcileDoc<'a>> {
        r.reconcile.as_ref().map(|line| ReconcileDoc {
            gifts: line.gifts,
            amount: self.amount(line.gifts_minor),
            agree: line.agree,
            waiting: line.waiting,
            differs: line.differs,
            missing: line.missing,
            unexpected: line.unexpected,
            not_checked: line.not_checked,
            differences: &line.differences,
        })
    }

    fn in_doubt<'a>(&self, r: &'a Report) -> Vec<DoubtDoc<'a>> {
        let line = |d: &'a crate::DoubtLine| DoubtDoc {
            key: &d.key,
            amount: self.amount(d.minor),
            since: &d.since,
            parked: d.parked,
        };
        r.in_doubt.iter().map(line).collect()
    }
}

fn rehearsal(r: &Report) -> Option<RehearsalDoc<'_>> {
    r.rehearsal.as_ref().map(|rehearsal| RehearsalDoc {
        seed: rehearsal.seed,
        world: &rehearsal.world,
        on_the_way: &rehearsal.on_the_way,
        simulated_ms: rehearsal.simulated_ms,
        requests: rehearsal.requests,
        nights: rehearsal.nights,
        runs: rehearsal.runs,
    })
}

fn finding(f: &Finding) -> FindingDoc<'_> {
    FindingDoc {
        file: &f.at.file,
        sheet: f.at.sheet.as_deref(),
        row_number: f.at.row_number,
        column: f.column.as_deref(),
        seen: &f.seen,
        detail: &f.detail,
    }
}

fn donors(d: &DonorBalance) -> DonorsDoc {
    DonorsDoc {
        records: d.records,
        excluded: d.excluded,
        held: d.held,
        persons: d.persons,
        contacts: d.contacts,
        merged_into: d.merged_into,
        second_individuals: d.second_individuals,
        sent: ways(&d.sent),
        due_later: ways(&d.due_later),
        handed_over: ways(&d.handed_over),
    }
}

fn ways(w: &Ways) -> WaysDoc {
    WaysDoc {
        addresses: w.addresses,
        phones: w.phones,
        emails: w.emails,
        flags: w.flags,
        references: w.references,
    }
}

fn duplicates(d: &Duplicates) -> DuplicatesDoc<'_> {
    let cluster = |(survivor, records)| ClusterDoc { survivor, records };
    DuplicatesDoc {
        sure: d.sure,
        review: d.review,
        largest: d.largest.iter().map(|(s, n)| cluster((s.as_str(), *n))).collect(),
        examples: d.examples.iter().map(pair).collect(),
    }
}

fn pair(p: &crate::PairLine) -> PairDoc<'_> {
    PairDoc { a: &p.a, b: &p.b, percent: p.percent, reasons: &p.reasons }
}

fn provenance(r: &Report) -> Vec<FactDoc<'_>> {
    let fact = |(what, value)| FactDoc { what, value };
    r.provenance.iter().map(|(w, v)| fact((w.as_str(), v.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::invented;

    #[test]
    fn the_document_survives_a_reader_and_a_writer() {
        let text = json(&invented::food_bank());
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string_pretty(&value).unwrap() + "\n", text);
        assert_eq!(value["version"], 1);
        assert_eq!(value["chain"][0]["amount"]["minor"], 48_731_265);
        assert_eq!(value["chain"][0]["amount"]["text"], "$487,312.65");
        assert_eq!(value["findings"][0]["code"], "G012");
    }

    #[test]
    fn the_keys_stand_in_the_order_of_the_model() {
        let value: Value = serde_json::from_str(&json(&invented::food_bank())).unwrap();
        let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys[..7],
            ["version", "migration", "organization", "source", "currency", "exported_on", "rehearsal"]
        );
        assert_eq!(keys.last(), Some(&"next"));
        assert_eq!(keys.len(), 31);
    }

    #[test]
    fn hostile_text_reaches_a_reader_unchanged_and_a_terminal_harmless() {
        let mut report = invented::food_bank();
        report.answer = "\x1b[2J \u{9b}31m \u{202e} \u{e0041} \u{7f}\r\n".to_owned();
        let text = json(&report);
        assert!(!text.chars().any(|c| c != '\n' && is_hostile(c)));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["answer"], report.answer.as_str());
    }
}
