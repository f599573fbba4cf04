//! The rules, one small file each: what a row must satisfy, and the finding when it does not.

pub(crate) mod amount;
pub(crate) mod appeal;
pub(crate) mod damaged_number;
pub(crate) mod designations;
pub(crate) mod donor_id;
pub(crate) mod donor_kind;
pub(crate) mod email;
pub(crate) mod error_cell;
pub(crate) mod exclude;
pub(crate) mod flag;
pub(crate) mod fund;
pub(crate) mod gift_date;
pub(crate) mod gift_donor;
pub(crate) mod gift_id;
pub(crate) mod gift_type;
pub(crate) mod join;
pub(crate) mod method;
pub(crate) mod name;
pub(crate) mod phone;
pub(crate) mod postal;
pub(crate) mod ragged_row;
pub(crate) mod reach;
pub(crate) mod soft_credit;
pub(crate) mod split;
pub(crate) mod total_differs;
pub(crate) mod unjoined;
