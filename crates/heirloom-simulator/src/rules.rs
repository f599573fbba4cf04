//! What is assumed about the vendor: every assumption is a switch, so that a migration can be tried against each.
//! `Rules::default()` is the vendor the documentation makes most likely; `Rules::from_seed` draws one of the others.

use crate::faults::Faults;
use crate::habits::{
    ContactBatch, CreateImport, CustomField, ErrorShape, LimitChange, Lists, Matching, Operators, Person,
    Put, Repeats, RepeatsBlind, ResetHeader, SignatureForm, Tags, Ties, Twins, Unknown, WebhookShape, Window,
};
use serde::{Deserialize, Serialize};

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
    /// How lists of gifts are judged.
    pub lists: Lists,
    /// How lists of contacts are judged.
    pub contact_lists: Lists,
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
    /// How a row finds its contact.
    pub matching: Matching,
    /// What becomes of a row that several contacts fit.
    pub ties: Ties,
    /// The user name of the password grant.
    pub username: String,
    /// The password of the password grant.
    pub password: String,
    /// The one-time code that is asked for; none = no second step.
    pub otp: String,
    /// Whether a refresh gives a new refresh token and ends the old one.
    pub refresh_tokens_rotate: bool,
    /// Resources (`Gift`, `Contact` ...) that the permission group lacks; their paths answer 403.
    pub no_access: Vec<String>,
    /// What a PUT does to fields that it leaves out.
    pub put: Put,
    /// The status of a delete (204 or 200).
    pub delete_status: u16,
    /// Whether an e-mail that another contact has is refused (409) in direct writes.
    pub emails_unique: bool,
    /// Which operators queries may use.
    pub operators: Operators,
    /// Whether a query for the name of a project or campaign that is not there is refused.
    pub query_names_checked: bool,
    /// Whether pages list contacts that were merged into others.
    pub merged_contacts_listed: bool,
    /// Whether `Segment/Search` heeds `skip`.
    pub segment_paging_works: bool,
    /// Whether a look-up by source and id shows a gift that is not imported yet (without an id) instead of 404.
    pub pending_gifts_shown: bool,
    /// Whether `transactionId` is read back as a number when it is one.
    pub numeric_ids_as_numbers: bool,
    /// Most fraction digits of stamps, 0 to 7; zeros at their end are left out.
    pub stamp_digits: u8,
    /// Whether one-off gifts must say `frequency`.
    pub frequency_required: bool,
    /// Whether the names of the narrative pages (`giftDesignations`, `projectCode`, `inKindDescription`) are read.
    pub narrative_names_read: bool,
    /// Whether a whole contact lists `contactAddresses` besides its one `address`.
    pub contact_addresses_listed: bool,
    /// Whether the addresses of a contact are answered as a bare array, not as `{list, total}`.
    pub addresses_bare: bool,
    /// Whether a pledge made directly keeps `transactionSource` and `transactionId`.
    pub pledge_keys: bool,
    /// The custom fields there are.
    pub custom_fields: Vec<CustomField>,
    /// What becomes of custom fields there are not.
    pub unknown_custom_fields: Unknown,
    /// What becomes of values that do not fit the type of their custom field.
    pub wrong_custom_values: Unknown,
    /// What becomes of segments there are not (`Refused`: the row lands in Update Needed).
    pub unknown_segments: Unknown,
    /// Whether a passthrough contact that matches nobody is made; otherwise nobody is credited.
    pub passthrough_contacts_made: bool,
    /// The non-cash types there are.
    pub non_cash_types: Vec<String>,
    /// How webhook bodies are built.
    pub webhook_shape: WebhookShape,
    /// The header that carries a webhook's signature.
    pub webhook_header: String,
    /// How it is written.
    pub webhook_signature: SignatureForm,
    /// How often a webhook that was not answered 2xx is sent again, each time after twice the wait.
    pub webhook_retries: u8,
    /// Share of webhooks that are never sent, percent.
    pub webhook_lost_percent: u8,
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
            contact_lists: Lists::Atomic,
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
            matching: Matching::Scored,
            ties: Ties::Person,
            username: "dana@example.org".into(),
            password: "heirloom-simulator".into(),
            otp: String::new(),
            refresh_tokens_rotate: true,
            no_access: Vec::new(),
            put: Put::Replaces,
            delete_status: 204,
            emails_unique: false,
            operators: Operators::ByType,
            query_names_checked: true,
            merged_contacts_listed: true,
            segment_paging_works: false,
            pending_gifts_shown: false,
            numeric_ids_as_numbers: false,
            stamp_digits: 3,
            frequency_required: false,
            narrative_names_read: false,
            contact_addresses_listed: true,
            addresses_bare: true,
            pledge_keys: false,
            custom_fields: Vec::new(),
            unknown_custom_fields: Unknown::Kept,
            wrong_custom_values: Unknown::Refused,
            unknown_segments: Unknown::Kept,
            passthrough_contacts_made: true,
            non_cash_types: words(&NON_CASH),
            webhook_shape: WebhookShape::Models,
            webhook_header: "X-Virtuous-Signature".into(),
            webhook_signature: SignatureForm::Base64,
            webhook_retries: 3,
            webhook_lost_percent: 0,
            seed: 0,
            faults: Faults::default(),
        }
    }
}

/// The sample list of one organization.
const NON_CASH: [&str; 11] = [
    "ATV",
    "Boat",
    "Business Interest",
    "Car",
    "Electronics",
    "Gift Card",
    "Jewelry",
    "Motorcycle",
    "Other",
    "Real Estate",
    "RV",
];

/// Owned words.
fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}

impl Rules {
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
