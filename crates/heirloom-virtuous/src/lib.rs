//! The vendor's API: wire format, classification of replies, pacing, the submission
//! protocol as a pure core, and the client. The only place for outbound network.
//!
//! What is absent: nothing here reads a clock, a file or the environment; nothing
//! retries a send by itself; nothing sends without a [`Permit`], and nothing creates
//! anything at the vendor without an [`Approval`].

mod approval;
mod auth;
mod classify;
mod compare;
mod correction;
mod found;
mod header;
mod network;
mod pacer;
mod parse;
mod probe;
mod reader;
mod reading;
mod submit;
mod target;
mod value;
mod webhook;
mod wire;

pub use approval::{Approval, Confirmation, NotApproved, Sender};
pub use auth::{Grant, SignInFailure, SignedIn, Tokens, sign_in};
pub use classify::{CallShape, classify};
pub use compare::{Difference, Ours, Parts, SentContact, SentGift, common_type};
pub use correction::{changes, is_contact_corrected, is_gift_corrected};
pub use found::{Lookup, Organization, Project};
pub use network::{HttpTransport, TransportError};
pub use pacer::{PaceTerms, Pacer, Permit, Slot, WindowSeen};
pub use probe::{Learned, Probe, ProbeAnswer, ProbeProblem};
pub use reader::{Clock, NAMED_MAX, ReadFailure, Reader, Waited};
pub use reading::Reply;
pub use submit::{
    Action, Call, Ending, Event, GUARD_MINUTES, Guard, Item, LATE_MS, Progress, State, Terms, UnknownZone,
    Watch, step,
};
pub use target::{Creation, Target, TargetError, Transport};
pub use webhook::{Registrar, Webhook, WebhookApproval};
pub use wire::{
    ContactInput, Detail, DetailKind, DetailOwner, GiftContact, GiftInput, PromiseInput, PromiseSeen,
    Recognised, WireProblem, contact_list, fold, gift_list, one_contact, promise_key, seal_contact,
    seal_detail, seal_gift, seal_promise,
};
