//! What is assumed about the vendor: every assumption is a switch, so that a migration can be tried against each.
//! `Rules::default()` is the vendor the documentation makes most likely; `Rules::from_seed` draws one of the others.

use crate::faults::Faults;
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};

/// How the hourly request window moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// Begins anew at every full hour (UTC).
    Fixed,
    /// Counts the last sixty minutes.
    Rolling,
}

/// How `X-RateLimit-Reset` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResetHeader {
    /// Unix seconds, as documented.
    Epoch,
    /// Unix milliseconds.
    EpochMs,
    /// Seconds to go.
    Relative,
    /// An HTTP date; `Retry-After` is one too.
    HttpDate,
    /// A word no parser knows; `Retry-After` is absent.
    Junk,
}

/// What happens when a gift arrives whose source and id are known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeats {
    /// 4xx with the text `Gift Transaction already exists.`
    RefusedWithText,
    /// 200, and no second row.
    Silent200,
    /// 200 and a second held row, which the night drops.
    RecognisedAtNight,
    /// 200 and a second gift.
    NotRecognised,
}

/// The states of an earlier row that the repeat check does not see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RepeatsBlind {
    /// Rows in holding, or bundled and not yet run.
    pub held: bool,
    /// Rows that became gifts.
    pub imported: bool,
    /// Rows a person discarded.
    pub discarded: bool,
}

/// How a list with a bad item in it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lists {
    /// Nothing of it is taken.
    Atomic,
    /// The good items are taken, and the answer is a refusal all the same.
    PerItem,
}

/// When `Contact/Batch` becomes an import (which still has to be run).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactBatch {
    /// By the call itself.
    AtOnce,
    /// At midnight, like everything else.
    AtMidnight,
}

/// What becomes of tags named in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tags {
    /// Unknown tags are made.
    Made,
    /// Only tags that exist are attached.
    AttachedIfKnown,
    /// Never looked at.
    Ignored,
}

/// What `createImport` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateImport {
    /// Nothing; the rows wait for midnight.
    Ignored,
    /// Makes an import of each call.
    PerCall,
    /// Adds to the unfinished import of that name, or makes it.
    JoinedByName,
}

/// The body of a refusal, numbered as in the API notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorShape {
    /// `{"error":{"code","message","details":[]}}`
    E1,
    /// `{"message","modelState":{"key":["text"]}}`
    E2,
    /// `{"message"}`
    E3,
    /// `{"error":"code","error_description"}`
    E4,
    /// `{"errors":{"field":["text"]}}`
    E5,
    /// An HTML page.
    E6,
}

/// What the person at the import tool does with rows that are not Ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Person {
    /// Accepts the suggestion of every row: the best candidate, or a new contact.
    AcceptAll,
    /// Runs what is Ready and leaves the rest in the import.
    ReadyOnly,
    /// Runs what is Ready and discards the rest.
    DiscardRest,
}

/// What two rows of one new donor become when they stand in the same import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Twins {
    /// Two contacts: each row is matched against what existed before the import.
    TwoContacts,
    /// One contact.
    OneContact,
}

/// A change of the hourly limit in the middle of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitChange {
    /// Milliseconds after the world's first request.
    pub after_ms: i64,
    /// The limit from then on, requests an hour.
    pub limit: u32,
}

/// Everything assumed about one vendor organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// The bearer token that is accepted.
    pub token: String,
    /// The organization's name; always shown with `(Simulated)` at its end.
    pub organization: String,
    /// `organizationUserId`.
    pub organization_id: i64,
    /// The currency of bodies that name none.
    pub currency: String,
    /// IANA name of the zone whose midnight bundles.
    pub zone: String,
    /// Whether midnights happen by themselves as `now` passes them.
    pub auto_night: bool,
    /// Requests an hour for the whole organization.
    pub limit: u32,
    /// Changes of `limit`, by rising time.
    pub limit_changes: Vec<LimitChange>,
    /// How the window moves.
    pub window: Window,
    /// How the reset is written.
    pub reset_header: ResetHeader,
    /// Requests an hour that other clients of the organization make, evenly.
    pub others_per_hour: u32,
    /// Milliseconds by which the `Date` header and reset are ahead of `now`.
    pub clock_skew_ms: i64,
    /// What a repeat meets.
    pub repeats: Repeats,
    /// What the repeat check does not see.
    pub repeats_blind: RepeatsBlind,
    /// The status of a refused repeat or item (400, 409 or 422).
    pub refusal_status: u16,
    /// The body of refusals.
    pub error_shape: ErrorShape,
    /// How lists are judged.
    pub lists: Lists,
    /// Most items of a list; more is a 413.
    pub list_max: u32,
    /// Most bytes of a body; more is a 413.
    pub body_max: u32,
    /// When `Contact/Batch` becomes an import.
    pub contact_batch: ContactBatch,
    /// What becomes of tags.
    pub tags: Tags,
    /// What `createImport` does.
    pub create_import: CreateImport,
    /// Whether designations must be there and add up, or are never checked at once.
    pub sums_checked: bool,
    /// Whether an unknown or inactive project is refused at once; otherwise the row lands in Update Needed.
    pub strict_projects: bool,
    /// Contact types besides Household, Organization and Foundation.
    pub contact_types: Vec<String>,
    /// Whether Ready rows are imported straight after bundling, without a person.
    pub auto_import: bool,
    /// Whether rows without a match are Ready and make a contact; otherwise they are Match Needed.
    pub create_new_contacts: bool,
    /// Share of rows that land in Match Needed for no reason a client can see, percent.
    pub match_needed_percent: u8,
    /// Share of rows that land in Update Needed for no reason a client can see, percent.
    pub update_needed_percent: u8,
    /// What two rows of one new donor in one import become.
    pub twins: Twins,
    /// Whether rows without a match are looked at again when Run is pressed (contacts may exist by then).
    pub rematch_on_run: bool,
    /// Who presses Run.
    pub person: Person,
    /// The seed of everything drawn.
    pub seed: u64,
    /// What goes wrong on the way; only `World::deliver` and the server apply it.
    pub faults: Faults,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            token: "heirloom-simulator".into(),
            organization: "Harbor Light (Simulated)".into(),
            organization_id: 4711,
            currency: "USD".into(),
            zone: "America/Phoenix".into(),
            auto_night: true,
            limit: 5000,
            limit_changes: Vec::new(),
            window: Window::Fixed,
            reset_header: ResetHeader::Epoch,
            others_per_hour: 0,
            clock_skew_ms: 0,
            repeats: Repeats::RefusedWithText,
            repeats_blind: RepeatsBlind { held: false, imported: false, discarded: true },
            refusal_status: 400,
            error_shape: ErrorShape::E2,
            lists: Lists::Atomic,
            list_max: 1000,
            body_max: 4 * 1024 * 1024,
            contact_batch: ContactBatch::AtOnce,
            tags: Tags::Made,
            create_import: CreateImport::PerCall,
            sums_checked: true,
            strict_projects: true,
            contact_types: vec!["Church".into(), "School".into()],
            auto_import: false,
            create_new_contacts: false,
            match_needed_percent: 0,
            update_needed_percent: 0,
            twins: Twins::TwoContacts,
            rematch_on_run: true,
            person: Person::AcceptAll,
            seed: 0,
            faults: Faults::default(),
        }
    }
}

/// Draws one of a list.
fn pick<T: Copy>(rng: &mut ChaCha8Rng, of: &[T]) -> T {
    of[rng.next_u32() as usize % of.len()]
}

impl Rules {
    /// Draws a vendor: the same seed gives the same rules. No faults are switched on; see `Faults::from_seed`.
    pub fn from_seed(seed: u64) -> Rules {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut rules = Rules { seed, ..Rules::default() };
        rules.draw_pace(rng);
        rules.draw_judgement(rng);
        rules.draw_imports(rng);
        rules
    }

    /// Draws zone, window and headers.
    fn draw_pace(&mut self, rng: &mut ChaCha8Rng) {
        let zones = ["America/Phoenix", "America/New_York", "America/Los_Angeles", "UTC", "Australia/Sydney"];
        let resets = [
            ResetHeader::Epoch,
            ResetHeader::EpochMs,
            ResetHeader::Relative,
            ResetHeader::HttpDate,
            ResetHeader::Junk,
        ];
        self.zone = pick(rng, &zones).into();
        self.limit = pick(rng, &[1500, 5000]);
        self.limit_changes = draw_limit_changes(rng);
        self.window = pick(rng, &[Window::Fixed, Window::Rolling]);
        self.reset_header = pick(rng, &resets);
        self.others_per_hour = pick(rng, &[0, 0, 200, 900]);
        self.clock_skew_ms = pick(rng, &[0, 0, -45_000, 90_000]);
    }

    /// Draws how items and lists are judged.
    fn draw_judgement(&mut self, rng: &mut ChaCha8Rng) {
        let repeats = [
            Repeats::RefusedWithText,
            Repeats::Silent200,
            Repeats::RecognisedAtNight,
            Repeats::NotRecognised,
        ];
        let shapes =
            [ErrorShape::E1, ErrorShape::E2, ErrorShape::E3, ErrorShape::E4, ErrorShape::E5, ErrorShape::E6];
        let yes = [true, false];
        self.repeats = pick(rng, &repeats);
        self.repeats_blind.held = pick(rng, &[true, false, false, false]);
        self.repeats_blind.imported = pick(rng, &[true, false, false, false]);
        self.repeats_blind.discarded = pick(rng, &yes);
        self.refusal_status = pick(rng, &[400, 400, 409, 422]);
        self.error_shape = pick(rng, &shapes);
        self.lists = pick(rng, &[Lists::Atomic, Lists::PerItem]);
        self.list_max = pick(rng, &[1000, 100, 25]);
        self.sums_checked = pick(rng, &yes);
        self.strict_projects = pick(rng, &yes);
    }

    /// Draws what nights and people do.
    fn draw_imports(&mut self, rng: &mut ChaCha8Rng) {
        let yes = [true, false];
        let people = [Person::AcceptAll, Person::AcceptAll, Person::ReadyOnly, Person::DiscardRest];
        self.contact_batch = pick(rng, &[ContactBatch::AtOnce, ContactBatch::AtMidnight]);
        self.tags = pick(rng, &[Tags::Made, Tags::AttachedIfKnown, Tags::Ignored]);
        self.create_import =
            pick(rng, &[CreateImport::Ignored, CreateImport::PerCall, CreateImport::JoinedByName]);
        self.auto_import = pick(rng, &yes);
        self.create_new_contacts = pick(rng, &yes);
        self.match_needed_percent = pick(rng, &[0, 0, 5, 20]);
        self.update_needed_percent = pick(rng, &[0, 0, 5, 20]);
        self.twins = pick(rng, &[Twins::TwoContacts, Twins::OneContact]);
        self.rematch_on_run = pick(rng, &yes);
        self.person = pick(rng, &people);
    }

    /// The organization's name as it is answered: it ends in `(Simulated)` whatever was set.
    pub fn organization_name(&self) -> String {
        let name = self.organization.trim();
        if name.ends_with("(Simulated)") {
            name.to_string()
        } else {
            format!("{name} (Simulated)").trim().to_string()
        }
    }
}

/// Draws the changes of the limit: mostly none.
fn draw_limit_changes(rng: &mut ChaCha8Rng) -> Vec<LimitChange> {
    let after_ms = pick(rng, &[0, 0, 1_800_000, 7_200_000]);
    let limit = pick(rng, &[1500, 5000]);
    if after_ms == 0 { Vec::new() } else { vec![LimitChange { after_ms, limit }] }
}
