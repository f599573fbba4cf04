//! The stored shape of the JSON document, version 1. Keys appear in this order;
//! a key is never renamed or dropped without a new version.

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    pub(super) version: u32,
    pub(super) migration: &'a str,
    pub(super) organization: &'a str,
    pub(super) source: &'a str,
    pub(super) currency: &'a str,
    pub(super) exported_on: String,
    pub(super) rehearsal: Option<RehearsalDoc<'a>>,
    pub(super) at_work: Option<&'a str>,
    pub(super) unsettled: Option<&'a str>,
    pub(super) answer: &'a str,
    pub(super) tiles: Vec<TileDoc<'a>>,
    pub(super) chain: Vec<ChainDoc<'a>>,
    pub(super) todo: Vec<TodoDoc<'a>>,
    pub(super) rows: RowsDoc,
    pub(super) other_currencies: Vec<ForeignDoc>,
    pub(super) files: Vec<FileDoc<'a>>,
    pub(super) by_year: Vec<AgreementDoc<'a>>,
    pub(super) by_fund: Vec<AgreementDoc<'a>>,
    pub(super) by_type: Vec<AgreementDoc<'a>>,
    pub(super) excluded: Vec<RuleDoc<'a>>,
    pub(super) blanks: Vec<RuleDoc<'a>>,
    pub(super) piles: Vec<PileDoc>,
    pub(super) findings: Vec<GroupDoc<'a>>,
    pub(super) donors: DonorsDoc,
    pub(super) duplicates: DuplicatesDoc<'a>,
    pub(super) plans: Vec<PlanDoc<'a>>,
    pub(super) reconcile: Option<ReconcileDoc<'a>>,
    pub(super) in_doubt: Vec<DoubtDoc<'a>>,
    pub(super) decisions: &'a [String],
    pub(super) provenance: Vec<FactDoc<'a>>,
    pub(super) next: &'a str,
}

#[derive(Serialize)]
pub(super) struct RowsDoc {
    pub(super) text: String,
    pub(super) adds_up: bool,
    pub(super) rows: u64,
    pub(super) unfolded: u64,
    pub(super) gifts: u64,
    pub(super) further: u64,
    pub(super) repeats: u64,
    pub(super) sent_before: u64,
    pub(super) excluded: u64,
    pub(super) held: u64,
    pub(super) set_aside: u64,
    pub(super) superseded: u64,
    pub(super) not_data: u64,
}

#[derive(Serialize)]
pub(super) struct ForeignDoc {
    pub(super) pile: &'static str,
    pub(super) currency: String,
    pub(super) rows: u64,
    pub(super) amount: Amount,
}

#[derive(Serialize)]
pub(super) struct Amount {
    pub(super) minor: i128,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct RehearsalDoc<'a> {
    pub(super) seed: u64,
    pub(super) world: &'a str,
    pub(super) on_the_way: &'a [String],
    pub(super) simulated_ms: i64,
    pub(super) requests: u64,
    pub(super) nights: u32,
    pub(super) runs: u32,
}

#[derive(Serialize)]
pub(super) struct TileDoc<'a> {
    pub(super) label: &'a str,
    pub(super) rows: u64,
    pub(super) amount: Amount,
    pub(super) tone: &'static str,
}

#[derive(Serialize)]
pub(super) struct ChainDoc<'a> {
    pub(super) label: &'a str,
    pub(super) kind: &'static str,
    pub(super) rows: u64,
    pub(super) amount: Amount,
    pub(super) note: &'a str,
}

#[derive(Serialize)]
pub(super) struct TodoDoc<'a> {
    pub(super) what: &'a str,
    pub(super) owner: &'a str,
    pub(super) rows: u64,
    pub(super) amount: Amount,
    pub(super) command: &'a str,
}

#[derive(Serialize)]
pub(super) struct FileDoc<'a> {
    pub(super) name: &'a str,
    pub(super) sheet: Option<&'a str>,
    pub(super) rows: u64,
    pub(super) amount: Amount,
    pub(super) notes: &'a [String],
    pub(super) digest: &'a str,
}

#[derive(Serialize)]
pub(super) struct TallyDoc {
    pub(super) rows: u64,
    pub(super) amount: Amount,
}

#[derive(Serialize)]
pub(super) struct AgreementDoc<'a> {
    pub(super) label: &'a str,
    pub(super) file: TallyDoc,
    pub(super) excluded: TallyDoc,
    pub(super) held: TallyDoc,
    pub(super) sent: TallyDoc,
    pub(super) confirmed: TallyDoc,
    pub(super) agrees: bool,
}

#[derive(Serialize)]
pub(super) struct RuleDoc<'a> {
    pub(super) rule: &'a str,
    pub(super) rows: u64,
    pub(super) amount: Amount,
}

#[derive(Serialize)]
pub(super) struct PileDoc {
    pub(super) pile: &'static str,
    pub(super) rows: u64,
    pub(super) amount: Amount,
}

#[derive(Serialize)]
pub(super) struct GroupDoc<'a> {
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) severity: &'static str,
    pub(super) why: &'static str,
    pub(super) fix: &'static str,
    pub(super) rows: u64,
    pub(super) amount: Amount,
    pub(super) values: Vec<ValueDoc<'a>>,
    pub(super) examples: Vec<FindingDoc<'a>>,
}

#[derive(Serialize)]
pub(super) struct ValueDoc<'a> {
    pub(super) seen: &'a str,
    pub(super) rows: u64,
    pub(super) amount: Amount,
}

#[derive(Serialize)]
pub(super) struct FindingDoc<'a> {
    pub(super) file: &'a str,
    pub(super) sheet: Option<&'a str>,
    pub(super) row_number: u32,
    pub(super) column: Option<&'a str>,
    pub(super) seen: &'a str,
    pub(super) detail: &'a str,
}

#[derive(Serialize)]
pub(super) struct WaysDoc {
    pub(super) addresses: u64,
    pub(super) phones: u64,
    pub(super) emails: u64,
    pub(super) flags: u64,
    pub(super) references: u64,
}

#[derive(Serialize)]
pub(super) struct DonorsDoc {
    pub(super) records: u64,
    pub(super) excluded: u64,
    pub(super) held: u64,
    pub(super) persons: u64,
    pub(super) contacts: u64,
    pub(super) merged_into: u64,
    pub(super) second_individuals: u64,
    pub(super) sent: WaysDoc,
    pub(super) due_later: WaysDoc,
    pub(super) handed_over: WaysDoc,
}

#[derive(Serialize)]
pub(super) struct ClusterDoc<'a> {
    pub(super) survivor: &'a str,
    pub(super) records: u64,
}

#[derive(Serialize)]
pub(super) struct PairDoc<'a> {
    pub(super) a: &'a str,
    pub(super) b: &'a str,
    pub(super) percent: u32,
    pub(super) reasons: &'a str,
}

#[derive(Serialize)]
pub(super) struct DuplicatesDoc<'a> {
    pub(super) sure: u64,
    pub(super) review: u64,
    pub(super) largest: Vec<ClusterDoc<'a>>,
    pub(super) examples: Vec<PairDoc<'a>>,
}

#[derive(Serialize)]
pub(super) struct StateDoc {
    pub(super) state: &'static str,
    pub(super) items: u64,
    pub(super) amount: Amount,
}

#[derive(Serialize)]
pub(super) struct PlanDoc<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'static str,
    pub(super) items: u64,
    pub(super) amount: Amount,
    pub(super) batch: &'a str,
    pub(super) states: Vec<StateDoc>,
    pub(super) digest: &'a str,
}

#[derive(Serialize)]
pub(super) struct ReconcileDoc<'a> {
    pub(super) gifts: u64,
    pub(super) amount: Amount,
    pub(super) agree: u64,
    pub(super) waiting: u64,
    pub(super) differs: u64,
    pub(super) missing: u64,
    pub(super) unexpected: u64,
    pub(super) not_checked: u64,
    pub(super) differences: &'a [String],
}

#[derive(Serialize)]
pub(super) struct DoubtDoc<'a> {
    pub(super) key: &'a str,
    pub(super) amount: Amount,
    pub(super) since: &'a str,
    pub(super) parked: bool,
}

#[derive(Serialize)]
pub(super) struct FactDoc<'a> {
    pub(super) what: &'a str,
    pub(super) value: &'a str,
}
