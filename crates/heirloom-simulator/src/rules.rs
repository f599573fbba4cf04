//! What is assumed about the vendor: every assumption is a switch, so that a migration can be tried against each.
//! `Rules::default()` is the vendor the documentation makes most likely; `Rules::from_seed` draws one of the others.

use crate::faults::Faults;
use crate::habits::{
    ContactBatch, CreateImport, CustomField, ErrorShape, LimitChange, Lists, Matching, Operators, Person,
    Put, Repeats, RepeatsBlind, ResetHeader, SignatureForm, Tags, Ties, Twins, Unknown, WebhookShape, Window,
};
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;

/// Everything assumed about one vendor organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SmartDefault)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// The bearer token that is accepted.
    #[default("heirloom-simulator".into())]
    pub token: String,
    /// The organization's name; always shown with `(Simulated)` at its end.
    #[default("Harbor Light (Simulated)".into())]
    pub organization: String,
    /// `organizationUserId`.
    #[default(4711)]
    pub organization_id: i64,
    /// The currency of bodies that name none.
    #[default("USD".into())]
    pub currency: String,
    /// IANA name of the zone whose midnight bundles.
    #[default("America/Phoenix".into())]
    pub zone: String,
    /// Whether midnights happen by themselves as `now` passes them.
    #[default(true)]
    pub auto_night: bool,
    /// Requests an hour for the whole organization.
    #[default(5000)]
    pub limit: u32,
    /// Changes of `limit`, by rising time.
    pub limit_changes: Vec<LimitChange>,
    /// How the window moves.
    #[default(Window::Fixed)]
    pub window: Window,
    /// How the reset is written.
    #[default(ResetHeader::Epoch)]
    pub reset_header: ResetHeader,
    /// Requests an hour that other clients of the organization make, evenly.
    pub others_per_hour: u32,
    /// Milliseconds by which the `Date` header and reset are ahead of `now`.
    pub clock_skew_ms: i64,
    /// What a repeat meets.
    #[default(Repeats::RefusedWithText)]
    pub repeats: Repeats,
    /// What the repeat check does not see.
    #[default(RepeatsBlind { held: false, imported: false, discarded: true })]
    pub repeats_blind: RepeatsBlind,
    /// The status of a refused repeat or item (400, 409 or 422).
    #[default(400)]
    pub refusal_status: u16,
    /// The body of refusals.
    #[default(ErrorShape::E2)]
    pub error_shape: ErrorShape,
    /// Whether a 401 is plain text instead of JSON.
    pub plain_401: bool,
    /// How lists of gifts are judged.
    #[default(Lists::Atomic)]
    pub lists: Lists,
    /// How lists of contacts are judged.
    #[default(Lists::Atomic)]
    pub contact_lists: Lists,
    /// Most items of a list; more is a 413.
    #[default(1000)]
    pub list_max: u32,
    /// Most bytes of a body; more is a 413.
    #[default(4 * 1024 * 1024)]
    pub body_max: u32,
    /// When `Contact/Batch` becomes an import.
    #[default(ContactBatch::AtOnce)]
    pub contact_batch: ContactBatch,
    /// What becomes of tags.
    #[default(Tags::Made)]
    pub tags: Tags,
    /// What `createImport` does.
    #[default(CreateImport::PerCall)]
    pub create_import: CreateImport,
    /// Whether designations must be there and add up, or are never checked at once.
    #[default(true)]
    pub sums_checked: bool,
    /// Whether an unknown or inactive project is refused at once; otherwise the row lands in Update Needed.
    #[default(true)]
    pub strict_projects: bool,
    /// Contact types besides Household, Organization and Foundation.
    #[default(vec!["Church".into(), "School".into()])]
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
    #[default(Twins::TwoContacts)]
    pub twins: Twins,
    /// Whether rows without a match are looked at again when Run is pressed (contacts may exist by then).
    #[default(true)]
    pub rematch_on_run: bool,
    /// Who presses Run.
    #[default(Person::AcceptAll)]
    pub person: Person,
    /// How a row finds its contact.
    #[default(Matching::Scored)]
    pub matching: Matching,
    /// What becomes of a row that several contacts fit.
    #[default(Ties::Person)]
    pub ties: Ties,
    /// The user name of the password grant.
    #[default("dana@example.org".into())]
    pub username: String,
    /// The password of the password grant.
    #[default("heirloom-simulator".into())]
    pub password: String,
    /// The one-time code that is asked for; none = no second step.
    pub otp: String,
    /// Whether a refresh gives a new refresh token and ends the old one.
    #[default(true)]
    pub refresh_tokens_rotate: bool,
    /// Resources (`Gift`, `Contact` ...) that the permission group lacks; their paths answer 403.
    pub no_access: Vec<String>,
    /// How long a contact, a gift, a pledge or a recurring gift made directly is not shown by reads and queries,
    /// milliseconds.
    pub index_lag_ms: u32,
    /// What a PUT does to fields that it leaves out.
    #[default(Put::Replaces)]
    pub put: Put,
    /// The status of a delete (204 or 200).
    #[default(204)]
    pub delete_status: u16,
    /// Whether an e-mail that another contact has is refused (409) in direct writes.
    pub emails_unique: bool,
    /// Which operators queries may use.
    #[default(Operators::ByType)]
    pub operators: Operators,
    /// Whether `skip` and `take` count in the body of a query too, where the address does not say them.
    pub paging_in_body: bool,
    /// Whether a query for the name of a project or campaign that is not there is refused.
    #[default(true)]
    pub query_names_checked: bool,
    /// Whether pages list contacts that were merged into others.
    #[default(true)]
    pub merged_contacts_listed: bool,
    /// Whether `Segment/Search` heeds `skip`.
    pub segment_paging_works: bool,
    /// Whether a look-up by source and id shows a gift that is not imported yet (without an id) instead of 404.
    pub pending_gifts_shown: bool,
    /// Whether `transactionId` is read back as a number when it is one.
    pub numeric_ids_as_numbers: bool,
    /// Most fraction digits of stamps, 0 to 7; zeros at their end are left out.
    #[default(3)]
    pub stamp_digits: u8,
    /// Whether one-off gifts must say `frequency`.
    pub frequency_required: bool,
    /// Whether the names of the narrative pages (`giftDesignations`, `projectCode`, `inKindDescription`) are read.
    pub narrative_names_read: bool,
    /// Whether a whole contact lists `contactAddresses` besides its one `address`.
    #[default(true)]
    pub contact_addresses_listed: bool,
    /// Whether the addresses of a contact are answered as a bare array, not as `{list, total}`.
    #[default(true)]
    pub addresses_bare: bool,
    /// Whether a pledge made directly keeps `transactionSource` and `transactionId`.
    pub pledge_keys: bool,
    /// The custom fields there are.
    pub custom_fields: Vec<CustomField>,
    /// What becomes of custom fields there are not.
    #[default(Unknown::Kept)]
    pub unknown_custom_fields: Unknown,
    /// What becomes of values that do not fit the type of their custom field.
    #[default(Unknown::Refused)]
    pub wrong_custom_values: Unknown,
    /// What becomes of segments there are not (`Refused`: the row lands in Update Needed).
    #[default(Unknown::Kept)]
    pub unknown_segments: Unknown,
    /// Whether a passthrough contact that matches nobody is made; otherwise nobody is credited.
    #[default(true)]
    pub passthrough_contacts_made: bool,
    /// The non-cash types there are.
    #[default(words(&NON_CASH))]
    pub non_cash_types: Vec<String>,
    /// How webhook bodies are built.
    #[default(WebhookShape::Models)]
    pub webhook_shape: WebhookShape,
    /// The header that carries a webhook's signature.
    #[default("X-Virtuous-Signature".into())]
    pub webhook_header: String,
    /// How it is written.
    #[default(SignatureForm::Base64)]
    pub webhook_signature: SignatureForm,
    /// How often a webhook that was not answered 2xx is sent again, each time after twice the wait.
    #[default(3)]
    pub webhook_retries: u8,
    /// Share of webhooks that are never sent, percent.
    pub webhook_lost_percent: u8,
    /// The seed of everything drawn.
    pub seed: u64,
    /// What goes wrong on the way; only `World::deliver` and the server apply it.
    pub faults: Faults,
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
