//! What a gift and a donor are made of, field by field, as a mapping says.

use heirloom_model::{Flag, PhoneKind, PromiseKind, TenderKind};

use crate::value::{Condition, Exclude, Role, Value, ValueMap};

#[derive(Clone, Debug)]
pub(crate) struct GiftSpec {
    pub rows: GiftRows,
    /// The row that states the whole of a split gift beside its parts.
    pub parent: Option<Exclude>,
    /// The column that names the currency of the amount.
    pub currency: Option<Value>,
    /// What one unit of that currency is worth in the migration's.
    pub rate: Option<Value>,
    pub refund: Option<RefundSpec>,
    pub identity: Identity,
    pub donor: Value,
    pub blank_donor_is_anonymous: bool,
    pub date: Value,
    pub amount: Value,
    pub kind: Option<Value>,
    pub types: ValueMap<TypeAction>,
    pub method: Option<Value>,
    pub methods: Option<ValueMap<TenderKind>>,
    pub fund: Option<Value>,
    pub funds: ValueMap<String>,
    pub appeal: Option<Value>,
    pub appeals: ValueMap<String>,
    pub check_number: Option<Value>,
    pub card_kind: Option<Value>,
    pub custodian: Option<Value>,
    pub coin: Option<Value>,
    pub ticker: Option<Value>,
    pub shares: Option<Value>,
    pub noncash_kind: Option<Value>,
    pub noncash_what: Option<Value>,
    pub receipt_date: Option<Value>,
    pub private: Option<YesNo>,
    pub tax_deductible: Option<YesNo>,
    pub tribute_kind: Option<Value>,
    pub tribute_name: Option<Value>,
    pub notes: Vec<(String, Value)>,
    pub designations: Option<DesignationSpec>,
    pub soft_credits: Vec<SoftCreditSpec>,
    pub extras: GiftExtras,
}

/// What only some gifts have: who is told of a tribute, what they pay, texts for custom fields;
/// and what a row says that promises.
#[derive(Clone, Debug, Default)]
pub(crate) struct GiftExtras {
    pub acknowledgees: Vec<AcknowledgeeSpec>,
    /// Legacy id of the pledge that a gift pays.
    pub pledge: Option<Value>,
    /// Legacy id of the schedule to which a gift belongs.
    pub recurring: Option<Value>,
    pub custom: Vec<(String, Value)>,
    pub promise: PromiseSpec,
}

/// Somebody who is told of a tribute.
#[derive(Clone, Debug, Default)]
pub(crate) struct AcknowledgeeSpec {
    pub from: Option<usize>,
    pub when: Vec<Condition>,
    pub name: Option<Value>,
    pub first: Option<Value>,
    pub last: Option<Value>,
    pub address: Option<Value>,
    pub city: Option<Value>,
    pub state: Option<Value>,
    pub postal: Option<Value>,
    pub email: Option<Value>,
    pub phone: Option<Value>,
}

/// What a pledge or a schedule says besides donor, date, amount and fund.
#[derive(Clone, Debug, Default)]
pub(crate) struct PromiseSpec {
    /// Its id; without it, the row's own.
    pub id: Option<Value>,
    pub frequency: Option<Value>,
    pub status: Option<Value>,
    pub ends: Option<Value>,
    /// Days and amounts of the payments agreed.
    pub installments: Vec<(Value, Value)>,
}

impl GiftSpec {
    /// Whether refunds only change the gift that they name, and none is sent by itself.
    pub fn takes_off_refunds(&self) -> bool {
        self.refund.as_ref().is_some_and(|refund| {
            refund.of.is_some() && ![refund.whole, refund.part, refund.alone].contains(&RefundAction::Reverse)
        })
    }
}

/// What becomes of money that went back.
#[derive(Clone, Debug)]
pub(crate) struct RefundSpec {
    /// The id of the gift that a refund's own row takes back.
    pub of: Option<Value>,
    /// What went back of the row's own gift, in a column beside its amount.
    pub amount: Option<Value>,
    /// Of a gift that went back in whole.
    pub whole: RefundAction,
    /// Of one that went back in part.
    pub part: RefundAction,
    /// Of a refund whose gift is not in the file.
    pub alone: RefundAction,
    /// The rule that leaves gift and refund out.
    pub rule: String,
}

/// What becomes of a refund and of its gift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundAction {
    /// A person looks at both.
    Held,
    /// Both are sent: the refund as a Reversing Transaction.
    Reverse,
    /// The gift is sent with what is left of it.
    Net,
    /// Both are left out by a named rule.
    Drop,
}

/// What a row of a gift file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GiftRows {
    /// A gift.
    Gift,
    /// A part of a gift: rows with one id add up.
    Part,
    /// A gift with one of its soft credits: rows with one id repeat it.
    Credit,
    /// A gift, or a refund that names the gift it takes back.
    Refund,
}

/// What a row of a donor file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DonorRows {
    /// A donor.
    Donor,
    /// A gift that names its donor: rows with one donor id repeat him.
    Gift,
}

#[derive(Clone, Debug)]
pub(crate) enum Identity {
    Id(Value),
    Derived(Vec<(Value, Role)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeAction {
    Gift,
    /// A gift of type Reversing Transaction, whatever its method.
    Reversal,
    Excluded(String),
    /// A pledge or schedule: left out by this rule, and kept for a later plan.
    Promise(PromiseKind, String),
    Held,
}

#[derive(Clone, Debug)]
pub(crate) struct YesNo {
    pub value: Value,
    pub yes: Option<Vec<String>>,
    pub no: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct DesignationSpec {
    /// The many-join whose rows are the parts; `None` where they stand in columns of the gift's row.
    pub from: Option<usize>,
    /// One for a join; one for each set of columns otherwise.
    pub parts: Vec<PartSpec>,
    pub whole: Option<Value>,
    pub rest: Option<String>,
}

/// Where the fund and the share of one part stand.
#[derive(Clone, Debug)]
pub(crate) struct PartSpec {
    pub fund: Value,
    pub amount: Option<Value>,
    pub percent: Option<Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct SoftCreditSpec {
    pub from: Option<usize>,
    pub when: Vec<Condition>,
    pub donor: Value,
    pub role: Option<Value>,
    pub amount: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DonorAction {
    Household,
    Organization,
    Foundation,
    Anonymous,
    Excluded(String),
}

#[derive(Clone, Debug)]
pub(crate) struct DonorSpec {
    pub rows: DonorRows,
    pub id: Value,
    pub other_ids: Vec<(String, Value)>,
    pub kind: Option<Value>,
    pub kinds: ValueMap<DonorAction>,
    pub organization: Option<Value>,
    pub name: Option<Value>,
    pub person: PersonSpec,
    pub spouse_title: Option<Value>,
    pub spouse_first: Option<Value>,
    pub spouse_last: Option<Value>,
    pub household: Option<Value>,
    pub notes: Vec<(String, Value)>,
    pub addresses: Vec<AddressSpec>,
    pub phones: Vec<WaySpec<PhoneKind>>,
    pub emails: Vec<WaySpec<&'static str>>,
    pub flags: Vec<(FlagKind, YesNo)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct PersonSpec {
    pub title: Option<Value>,
    pub first: Option<Value>,
    pub middle: Option<Value>,
    pub last: Option<Value>,
    pub suffix: Option<Value>,
    pub nickname: Option<Value>,
    pub maiden: Option<Value>,
    pub gender: Option<Value>,
    pub birth: Option<Value>,
}

/// A phone or e-mail column, and when its cell is one.
#[derive(Clone, Debug)]
pub(crate) struct WaySpec<K> {
    pub kind: K,
    pub when: Vec<Condition>,
    pub value: Value,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct AddressSpec {
    pub when: Vec<Condition>,
    pub line1: Option<Value>,
    pub line2: Option<Value>,
    pub city: Option<Value>,
    pub state: Option<Value>,
    pub postal: Option<Value>,
    pub country: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlagKind {
    Donor(Flag),
    SpouseDeceased,
}
