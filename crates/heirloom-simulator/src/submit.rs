//! The transaction endpoints: judge every item, take all, some or nothing, and answer with an empty 200 or a refusal.

use crate::body::{Fields, scalar};
use crate::custom::{custom_fields, filled};
use crate::digest::value_digest;
use crate::draft::{Complaints, ContactDraft, Defaults, GiftDraft};
use crate::endpoints::segments;
use crate::facts::{EffectKind, ImportKind};
use crate::habits::{ContactBatch, CreateImport, Lists, Repeats, Unknown};
use crate::likeness::fold;
use crate::night::{Bundle, effect_of};
use crate::reply::{Complaint, Reply};
use crate::rows::{Bucket, Payload, Row, RowState};
use crate::world::World;
use serde_json::Value;
use std::collections::BTreeSet;

/// The text the production client recognises.
const ALREADY: &str = "Gift Transaction already exists.";

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fresh,
    RepeatRefused,
    RepeatIgnored,
    Bad,
}

/// An item read and judged, not yet taken.
struct Judged {
    row: Row,
    verdict: Verdict,
    complaints: Vec<Complaint>,
}

/// Answers `POST /api/v2/Gift/Transaction`.
pub(crate) fn gift(world: &mut World, body: &Value) -> Reply {
    let Some(fields) = Fields::of(body) else {
        return not_an_object(world);
    };
    let source = fields.text("transactionSource");
    let judged =
        judge_gift(world, body, "giftTransaction.", &source, &Defaults::default(), &mut BTreeSet::new());
    settle(world, vec![judged], None)
}

/// Answers `POST /api/v2/Gift/Transactions`.
pub(crate) fn gifts(world: &mut World, body: &Value) -> Reply {
    let Some(fields) = Fields::of(body) else {
        return not_an_object(world);
    };
    let items = fields.list("transactions");
    if let Some(refusal) = check_length(world, items, "transactions") {
        return refusal;
    }
    let defaults = Defaults {
        batch: fields.text("batch"),
        gift_date: fields.text("defaultGiftDate"),
        gift_type: fields.text("defaultGiftType"),
    };
    let source = fields.text("transactionSource");
    let mut seen = BTreeSet::new();
    let judged = items.iter().enumerate().map(|(at, item)| {
        let prefix = format!("giftTransactionBatch.Transactions[{at}].");
        judge_gift(world, item, &prefix, &source, &defaults, &mut seen)
    });
    let judged = judged.collect();
    let name = fields.text("importName");
    let bundle = match (fields.flag("createImport"), world.rules.create_import) {
        (true, CreateImport::PerCall) => Some(Bundle::Named(&name)),
        (true, CreateImport::JoinedByName) => Some(Bundle::Joined(&name)),
        _ => None,
    };
    settle(world, judged, bundle)
}

/// Answers `POST /api/Contact/Transaction`.
pub(crate) fn contact(world: &mut World, body: &Value) -> Reply {
    let Some(fields) = Fields::of(body) else {
        return not_an_object(world);
    };
    let source = fields.text("referenceSource");
    let judged = judge_contact(world, body, "contactTransaction.", &source);
    settle(world, vec![judged], None)
}

/// Answers `POST /api/Contact/Batch`.
pub(crate) fn contacts(world: &mut World, body: &Value) -> Reply {
    let Some(fields) = Fields::of(body) else {
        return not_an_object(world);
    };
    let items = fields.list("contacts");
    if let Some(refusal) = check_length(world, items, "contacts") {
        return refusal;
    }
    let source = fields.text("referenceSource");
    let judge = |(at, item)| judge_contact(world, item, &format!("contactImport.Contacts[{at}]."), &source);
    let judged = items.iter().enumerate().map(judge).collect();
    let at_once = world.rules.contact_batch == ContactBatch::AtOnce;
    settle(world, judged, at_once.then_some(Bundle::Night))
}

/// 400 for a body that is no object (a bare array, for one).
fn not_an_object(world: &World) -> Reply {
    Reply::bad_request(&world.rules, "body", "The request body must be an object.")
}

/// Refuses a list that is empty or too long.
fn check_length(world: &World, items: &[Value], name: &str) -> Option<Reply> {
    if items.len() > world.rules.list_max as usize {
        return Some(Reply::html(413, "Request Entity Too Large"));
    }
    items.is_empty().then(|| Reply::bad_request(&world.rules, name, "At least one item is required."))
}

/// Reads and judges a gift; `seen` holds the keys that stood before it in the list.
fn judge_gift(
    world: &World,
    item: &Value,
    prefix: &str,
    source: &str,
    defaults: &Defaults,
    seen: &mut BTreeSet<String>,
) -> Judged {
    let mut wrong = Complaints { prefix, found: Vec::new() };
    let Some(fields) = Fields::of(item) else {
        wrong.add("", "INVALID", "The item must be an object.".into());
        return bad(world, ImportKind::Gifts, item, source, wrong.found);
    };
    let mut draft = GiftDraft::read(fields, defaults, &world.rules, &mut wrong);
    check_names(world, &mut draft, &mut wrong);
    if world.rules.strict_projects {
        check_projects(world, &draft, &mut wrong);
    }
    let own = fields.text("transactionSource");
    let source = if own.is_empty() { source } else { &own };
    let id = fields.text("transactionId");
    let verdict = if wrong.found.is_empty() { repeat_of(world, source, &id, seen) } else { Verdict::Bad };
    if verdict == Verdict::RepeatRefused {
        wrong.add("TransactionId", "DUPLICATE", ALREADY.into());
    }
    let mut row = new_row(world, ImportKind::Gifts, item, source, id);
    row.amount_minor = draft.amount_minor;
    row.payload = Payload::Gift(Box::new(draft));
    Judged { row, verdict, complaints: wrong.found }
}

/// Custom fields and segments that the organization does not have are kept, left out or refused, as its rules say.
fn check_names(world: &World, draft: &mut GiftDraft, wrong: &mut Complaints) {
    if let Some(Value::Object(sent)) = draft.extras.get("customFields") {
        match custom_fields(world, "Gift", sent.clone()) {
            Ok(kept) => draft.extras["customFields"] = Value::Object(filled(kept)),
            Err(more) => more.into_iter().for_each(|one| wrong.add(&one.field, one.code, one.text)),
        }
    }
    let segment = draft.extras.get("segment").map(scalar).unwrap_or_default();
    let ignored = world.rules.unknown_segments == Unknown::Ignored;
    if ignored && !segment.is_empty() && segments::by_word(world, &segment).is_none() {
        draft.extras.shift_remove("segment");
    }
}

/// Reads a contact; only a custom field can be wrong with it at once.
fn judge_contact(world: &World, item: &Value, prefix: &str, source: &str) -> Judged {
    let Some(fields) = Fields::of(item) else {
        let complaint =
            Complaint { field: prefix.into(), code: "INVALID", text: "The item must be an object.".into() };
        return bad(world, ImportKind::Contacts, item, source, vec![complaint]);
    };
    let mut draft = ContactDraft::flat(fields);
    let mut complaints = Vec::new();
    match custom_fields(world, "Contact", std::mem::take(&mut draft.custom_fields)) {
        Ok(kept) => draft.custom_fields = filled(kept),
        Err(wrong) => {
            let named = |one: Complaint| Complaint { field: format!("{prefix}{}", one.field), ..one };
            complaints = wrong.into_iter().map(named).collect();
        }
    }
    let verdict = if complaints.is_empty() { Verdict::Fresh } else { Verdict::Bad };
    let own = fields.text("referenceSource");
    let source = if own.is_empty() { source } else { &own };
    let mut row = new_row(world, ImportKind::Contacts, item, source, draft.reference.clone());
    row.payload = Payload::Contact(Box::new(draft));
    Judged { row, verdict, complaints }
}

/// An item that cannot be read.
fn bad(world: &World, kind: ImportKind, item: &Value, source: &str, complaints: Vec<Complaint>) -> Judged {
    Judged { row: new_row(world, kind, item, source, String::new()), verdict: Verdict::Bad, complaints }
}

/// A row that is held when it is taken.
fn new_row(world: &World, kind: ImportKind, item: &Value, source: &str, id: String) -> Row {
    Row {
        request_no: world.requests.len() as u64 + 1,
        kind,
        source: source.into(),
        id,
        amount_minor: 0,
        digest: value_digest(item),
        state: RowState::Held,
        bucket: Bucket::Ready,
        import_id: 0,
        suggestion: None,
        payload: Payload::Gone,
    }
}

/// Every designation must name an active project.
fn check_projects(world: &World, draft: &GiftDraft, wrong: &mut Complaints) {
    for part in &draft.designations {
        match world.projects.of(part.project_id, &part.code) {
            None => wrong.add(
                "designations",
                "UNKNOWN_PROJECT",
                format!("Project '{}' was not found.", part.code),
            ),
            Some(project) if !project.active => {
                wrong.add(
                    "designations",
                    "INACTIVE_PROJECT",
                    format!("Project '{}' is not active.", part.code),
                );
            }
            Some(_) => {}
        }
    }
}

/// Whether a key is known already, and what this organization does about it.
fn repeat_of(world: &World, source: &str, id: &str, seen: &mut BTreeSet<String>) -> Verdict {
    if id.is_empty() {
        return Verdict::Fresh;
    }
    let blind = world.rules.repeats_blind;
    let in_list = !seen.insert(fold(source, id)) && !blind.held;
    let known = in_list || world.rows.knows_gift(source, id, blind, usize::MAX);
    match world.rules.repeats {
        Repeats::RefusedWithText if known => Verdict::RepeatRefused,
        Repeats::Silent200 if known => Verdict::RepeatIgnored,
        _ => Verdict::Fresh,
    }
}

/// Takes what may be taken, bundles it if the call asks for it, and answers.
fn settle(world: &mut World, judged: Vec<Judged>, bundle: Option<Bundle>) -> Reply {
    let spoilt = judged.iter().any(|one| !one.complaints.is_empty());
    let contacts = judged.first().is_some_and(|one| one.row.kind == ImportKind::Contacts);
    let lists = if contacts { world.rules.contact_lists } else { world.rules.lists };
    let takes = !spoilt || lists == Lists::PerItem;
    let mut complaints = Vec::new();
    let mut taken = Vec::new();
    for one in judged {
        complaints.extend(one.complaints);
        let kind = match (one.verdict, one.row.kind) {
            (Verdict::Fresh, ImportKind::Gifts) => EffectKind::HeldGift,
            (Verdict::Fresh, ImportKind::Contacts) => EffectKind::HeldContact,
            (Verdict::RepeatRefused, _) => EffectKind::RepeatRefused,
            (Verdict::RepeatIgnored, _) => EffectKind::RepeatIgnored,
            (Verdict::Bad, _) => EffectKind::Refused,
        };
        if one.verdict != Verdict::Fresh {
            world.log.push(effect_of(&one.row, world.now_ms, kind, None));
        } else if takes {
            let at = world.rows.hold(one.row);
            world.note(at, kind, None);
            taken.push(at);
        }
    }
    if let Some(how) = bundle {
        let held = world.rows.held.len() - taken.len();
        world.rows.held.truncate(held);
        world.bundle(&taken, &how);
    }
    if spoilt { Reply::refused(&world.rules, &complaints) } else { Reply::empty() }
}
