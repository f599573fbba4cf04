//! Draws a vendor from a seed: the same seed gives the same habits.

use crate::habits::{
    ContactBatch, CreateImport, ErrorShape, LimitChange, Lists, Matching, Operators, Person, Put, Repeats,
    ResetHeader, SignatureForm, Tags, Ties, Twins, Unknown, WebhookShape, Window,
};
use crate::rules::Rules;
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

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
        // Later additions are drawn last, so that the older habits of a seed stay what they were.
        rules.draw_manners(rng);
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

    /// Draws how bodies are read and written.
    fn draw_manners(&mut self, rng: &mut ChaCha8Rng) {
        let yes = [true, false];
        self.put = pick(rng, &[Put::Replaces, Put::Patches]);
        self.operators = pick(rng, &[Operators::ByType, Operators::Any]);
        self.matching = pick(rng, &[Matching::Scored, Matching::FirstSignal]);
        self.ties = pick(rng, &[Ties::Person, Ties::Best]);
        self.unknown_custom_fields = pick(rng, &[Unknown::Kept, Unknown::Kept, Unknown::Ignored]);
        self.pending_gifts_shown = pick(rng, &[true, false, false, false]);
        self.narrative_names_read = pick(rng, &yes);
        self.merged_contacts_listed = pick(rng, &[true, true, false]);
        self.segment_paging_works = pick(rng, &yes);
        self.refresh_tokens_rotate = pick(rng, &yes);
        self.webhook_shape = pick(rng, &[WebhookShape::Models, WebhookShape::Single]);
        self.webhook_signature = pick(rng, &[SignatureForm::Base64, SignatureForm::Hex]);
        self.webhook_lost_percent = pick(rng, &[0, 0, 10, 50]);
        self.pledge_keys = pick(rng, &yes);
        self.contact_addresses_listed = pick(rng, &yes);
        self.contact_lists = pick(rng, &[Lists::Atomic, Lists::PerItem]);
        self.passthrough_contacts_made = pick(rng, &yes);
        self.wrong_custom_values = pick(rng, &[Unknown::Refused, Unknown::Ignored, Unknown::Kept]);
        self.addresses_bare = pick(rng, &yes);
        self.query_names_checked = pick(rng, &yes);
        self.stamp_digits = pick(rng, &[3, 7, 0]);
        self.index_lag_ms = pick(rng, &[0, 0, 0, 30_000]);
        self.paging_in_body = pick(rng, &yes);
        self.plain_401 = pick(rng, &yes);
    }
}

/// Draws the changes of the limit: mostly none.
fn draw_limit_changes(rng: &mut ChaCha8Rng) -> Vec<LimitChange> {
    let after_ms = pick(rng, &[0, 0, 1_800_000, 7_200_000]);
    let limit = pick(rng, &[1500, 5000]);
    if after_ms == 0 { Vec::new() } else { vec![LimitChange { after_ms, limit }] }
}
