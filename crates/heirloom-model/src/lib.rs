//! The words of Heirloom: money, dates, donors, gifts, designations, findings,
//! outcomes, piles. Plain data with its invariants; no file, no database, no network.
//!
//! None of these types serializes itself: each format's owner (ledger, wire,
//! report) has structs of its own, so that a stored or sent shape never changes
//! because a word here did.

mod code;
mod date;
mod digest;
mod donor;
mod finding;
mod gift;
mod key;
mod money;
mod outcome;
mod pile;
mod placed;
mod promise;
mod row;
mod target;
mod time;
mod tribute;

pub use code::{Code, Severity};
pub use date::GiftDate;
pub use digest::{Digest, Hasher};
pub use donor::{Address, Contactable, Donor, DonorKind, Email, Flag, Person, Phone, PhoneKind};
pub use finding::Finding;
pub use gift::{
    Designation, Designations, Gift, GiftDetails, GiftIdentity, SoftCredit, Tender, TenderKind, UnevenSplit,
};
pub use key::{SourceName, SourceNameError, escape_id};
pub use money::{Currency, Money, MoneyError, group_thousands, share_out};
pub use outcome::{ItemId, ItemKind, ItemState, Outcome, Ruling, Sealed};
pub use pile::{Bucket, Pile, PileLine, Tally};
pub use placed::{Changed, Known, Place, Placed};
pub use promise::{Installment, Pays, Promise, PromiseKind};
pub use row::{CellKind, CellRef, FileId, RowId, RowRef, SourceRow, column_letter};
pub use target::{Lists, OrgFacts, Repeats, TargetContact, TargetGift};
pub use time::Moment;
pub use tribute::{Acknowledgee, Tribute, TributeKind};
