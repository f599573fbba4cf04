//! Who is recognised for a gift besides its giver: contacts that are credited, somebody honoured,
//! somebody who is told.

use heirloom_model::{Money, Tribute, TributeKind};
use serde::Serialize;
use validator::Validate;

use super::{filled, two_decimals};

/// Contacts of the target that are credited with a gift; never money of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Recognised {
    /// Nobody, or only in the notes.
    #[default]
    Nobody,
    /// One contact, in the field that every version of the API has.
    One(i64),
    /// Several, each with the part of the gift that it is credited with.
    Several(Vec<(i64, Money)>),
}

#[derive(Serialize)]
pub(super) struct PassthroughContact {
    id: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PassthroughBody {
    contact_id: i64,
    amount: String,
}

impl Recognised {
    pub(super) fn contact(&self) -> Option<PassthroughContact> {
        match self {
            Recognised::One(id) => Some(PassthroughContact { id: *id }),
            Recognised::Nobody | Recognised::Several(_) => None,
        }
    }

    pub(super) fn passthroughs(&self) -> Vec<PassthroughBody> {
        let several = match self {
            Recognised::Several(several) => several.as_slice(),
            Recognised::Nobody | Recognised::One(_) => &[],
        };
        let body = |(contact, amount): &(i64, Money)| PassthroughBody {
            contact_id: *contact,
            amount: two_decimals(*amount),
        };
        several.iter().map(body).collect()
    }
}

/// A tribute with somebody to tell.
#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dedication<'a> {
    tribute_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200))]
    tribute_first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200))]
    tribute_last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200))]
    acknowledgee_first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200))]
    acknowledgee_last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgee_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgee_city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgee_state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgee_postal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgee_email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgee_phone: Option<&'a str>,
}

/// The fields of a tribute, where somebody is to be told; else its text says all there is.
pub(super) fn dedication(tribute: &Tribute) -> Option<Dedication<'_>> {
    let told = tribute.acknowledgee.as_ref()?;
    let name = tribute.name.trim();
    let (first, last) = name.rsplit_once(' ').unwrap_or((name, ""));
    Some(Dedication {
        tribute_type: match tribute.kind {
            TributeKind::Honor => "In Honor Of",
            TributeKind::Memory => "In Memory Of",
        },
        tribute_first_name: filled(first),
        tribute_last_name: filled(last),
        acknowledgee_first_name: filled(&told.first),
        acknowledgee_last_name: filled(&told.last),
        acknowledgee_address: filled(&told.address),
        acknowledgee_city: filled(&told.city),
        acknowledgee_state: filled(&told.state),
        acknowledgee_postal: filled(&told.postal),
        acknowledgee_email: filled(&told.email),
        acknowledgee_phone: filled(&told.phone),
    })
}
