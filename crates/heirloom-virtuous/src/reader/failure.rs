//! Why a read gave nothing.

use heirloom_model::Moment;

/// Why something could not be read. Holds no donor's data and no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadFailure {
    /// 401.
    #[error("read from the vendor: it did not accept the token (401)")]
    Credentials,
    /// Another 4xx.
    #[error("read {what}: the vendor refused the request ({status} {code})")]
    Refused {
        /// What was read.
        what: &'static str,
        /// HTTP status.
        status: u16,
        /// The vendor's error code, if it gave one.
        code: String,
    },
    /// More than 65 minutes to wait.
    #[error("go on before {until}: {why}")]
    Paused {
        /// When to come back.
        until: Moment,
        /// Why.
        why: String,
    },
    /// No whole answer after several tries.
    #[error("read {what}: {why}")]
    Unreachable {
        /// What was read.
        what: &'static str,
        /// The last reason.
        why: String,
    },
    /// An answer that makes no sense.
    #[error("read {what}: the answer was not understood: {why}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The ledger cannot be written.
    #[error("record a request before it is made")]
    Unrecorded,
    /// Somebody wants to stop.
    #[error("read on: interrupted")]
    Interrupted,
}
