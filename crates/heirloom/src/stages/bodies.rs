//! What a donor or a gift is on the wire: which of its data go into its first body.

use heirloom_model::{DonorKind, Flag, Gift, Person, RowId};
use heirloom_virtuous::{ContactInput, GiftContact, GiftInput, Recognised};

use super::groups::ContactGroup;
use crate::migration::Migration;
use crate::settings::ReceiptDate;

/// The row under which the one agreed anonymous contact is sealed.
pub const ANONYMOUS_ROW: RowId = RowId(0);

/// The reference of the agreed anonymous contact.
pub const ANONYMOUS_KEY: &str = "ANONYMOUS-DONOR";

/// Whom a gift goes to.
pub(super) enum Addressee<'a> {
    /// A contact that is known, by its id.
    Id(i64),
    /// A contact that travels with the gift.
    Carried(ContactInput<'a>),
}

impl Addressee<'_> {
    /// The contact's id, if it is known.
    pub(super) fn id(&self) -> Option<i64> {
        match self {
            Addressee::Id(id) => Some(*id),
            Addressee::Carried(_) => None,
        }
    }
}

/// What travels with a gift besides what its row says.
#[derive(Default)]
pub(super) struct Besides {
    /// Lines for its notes.
    pub notes: Vec<String>,
    /// Contacts that are credited with it.
    pub recognised: Recognised,
}

/// The body of one contact: type, name, first person, and the best address, e-mail and phone.
pub(super) fn contact_input<'d>(group: &ContactGroup<'d>, person: Option<&'d Person>) -> ContactInput<'d> {
    let survivor = group.survivor();
    if matches!(survivor.kind, DonorKind::Anonymous) {
        let flags = group.flags().into_iter().map(Flag::as_str).collect();
        return ContactInput { reference_id: group.key(), tags: flags, ..anonymous_input() };
    }
    ContactInput {
        reference_id: group.key(),
        contact_type: survivor.kind.contact_type(),
        name: survivor.kind.organization_name(),
        person,
        address: group.addresses().first().map(|kept| kept.value),
        email: group.emails().first().map(|kept| kept.value),
        phone: group.phones().first().map(|kept| kept.value),
        tags: group.flags().into_iter().map(Flag::as_str).collect(),
    }
}

/// The one agreed contact of gifts that name nobody.
pub(super) fn anonymous_input() -> ContactInput<'static> {
    ContactInput {
        reference_id: ANONYMOUS_KEY.to_owned(),
        contact_type: "Organization",
        name: Some("Anonymous donor"),
        person: None,
        address: None,
        email: None,
        phone: None,
        tags: Vec::new(),
    }
}

/// The body of one gift.
pub(super) fn gift_input<'g>(
    migration: &'g Migration,
    gift: &'g Gift,
    contact: Addressee<'g>,
    besides: &'g Besides,
) -> GiftInput<'g> {
    let settings = &migration.settings;
    GiftInput {
        key: gift.identity.to_key(),
        gift,
        contact: match contact {
            Addressee::Id(id) => GiftContact::Id(id),
            Addressee::Carried(donor) => GiftContact::Carried(donor),
        },
        batch: &settings.batch,
        receipt_date: gift.details.receipt_date.or(match settings.receipt_date {
            ReceiptDate::GiftDate => Some(gift.date),
            ReceiptDate::SourceOnly => None,
        }),
        notes_extra: &besides.notes,
        recognised: &besides.recognised,
    }
}
