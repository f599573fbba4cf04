//! A gift: one completed act of giving, with designations that add up to it.

use crate::{GiftDate, Money, MoneyError, Pays, RowId, Tribute};

/// One gift, ready to be sent once its donor is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gift {
    /// The first source row it stands on.
    pub row: RowId,
    /// How many source rows it stands on (1 and its parts).
    pub rows: u32,
    /// What identifies it in the old system.
    pub identity: GiftIdentity,
    /// The legacy id of the donor, as the donor file writes it; `None` is the agreed anonymous donor.
    pub donor: Option<String>,
    /// The day it was made.
    pub date: GiftDate,
    /// How it was paid, with what that needs.
    pub tender: Tender,
    /// For which projects, adding up to the gift's amount.
    pub designations: Designations,
    /// Everything else.
    pub details: GiftDetails,
}

impl Gift {
    /// The whole amount.
    pub fn amount(&self) -> Money {
        self.designations.total()
    }
}

/// What identifies a gift in the old system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GiftIdentity {
    /// Its id there, filled and unique.
    Legacy(String),
    /// A digest of the declared identity columns (32 hexadecimal digits), and the place among
    /// gifts with an equal digest, from 1.
    Derived {
        /// 128 bits in hexadecimal.
        digest: String,
        /// From 1.
        ordinal: u32,
    },
}

impl GiftIdentity {
    /// The `transactionId` under which it is sent: the escaped legacy id, or `h-digest-ordinal`.
    pub fn to_key(&self) -> String {
        match self {
            GiftIdentity::Legacy(id) => crate::escape_id(id),
            GiftIdentity::Derived { digest, ordinal } => {
                format!("H-{}-{ordinal}", digest.to_ascii_uppercase())
            }
        }
    }
}

/// Less important parts of a gift. Texts are trimmed; empty means absent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct GiftDetails {
    /// The appeal's segment code.
    pub segment: Option<String>,
    /// Free text; the mapping composes it.
    pub notes: Option<String>,
    /// When the gift was receipted, if the source knows.
    pub receipt_date: Option<GiftDate>,
    /// Whether the donor's name stays hidden.
    pub is_private: bool,
    /// Whether it is tax deductible, if the source says.
    pub is_tax_deductible: Option<bool>,
    /// In honour or memory of somebody.
    pub tribute: Option<Tribute>,
    /// Who else is recognised for it; never money of their own.
    pub soft_credits: Vec<SoftCredit>,
    /// Texts for custom fields of the target, by their names there: a fee, a receipt's number.
    pub custom: Vec<(String, String)>,
    /// The pledge or schedule that it pays.
    pub pays: Option<Pays>,
}

/// Recognition for somebody who did not legally give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftCredit {
    /// Legacy id of the recognised donor.
    pub donor: String,
    /// What they did (`Soft Credit`, `Matched Donor` …).
    pub role: String,
    /// How much of the gift; `None` means all of it.
    pub amount: Option<Money>,
}

/// The part of a gift for one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Designation {
    /// Project code at the target.
    pub project: String,
    /// How much.
    pub amount: Money,
}

/// At least one designation; the gift's amount is their sum, so they cannot fail to add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Designations {
    parts: Vec<Designation>,
    total: Money,
}

/// The declared parts do not make the declared whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnevenSplit {
    /// No part at all.
    #[error("there is no designation")]
    None,
    /// A sum that differs.
    #[error("the parts make {parts}, the gift is {whole}")]
    Differs {
        /// Sum of the parts.
        parts: Money,
        /// The gift's amount.
        whole: Money,
    },
    /// Two currencies, or too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Designations {
    /// The whole amount for one project.
    pub fn single(project: String, amount: Money) -> Self {
        Designations { parts: vec![Designation { project, amount }], total: amount }
    }

    /// Takes parts that must add up to `whole`; parts for one project are joined, in order of
    /// first appearance.
    ///
    /// # Errors
    /// [`UnevenSplit`] if there is none or they do not add up.
    pub fn new(whole: Money, parts: Vec<Designation>) -> Result<Self, UnevenSplit> {
        let mut joined: Vec<Designation> = Vec::with_capacity(parts.len());
        for part in parts {
            match joined.iter_mut().find(|j| j.project == part.project) {
                Some(same) => same.amount = same.amount.checked_add(part.amount)?,
                None => joined.push(part),
            }
        }
        let mut sum: Option<Money> = None;
        for part in &joined {
            sum = Some(sum.map_or(Ok(part.amount), |s| s.checked_add(part.amount))?);
        }
        match sum {
            None => Err(UnevenSplit::None),
            Some(sum) if sum == whole => Ok(Designations { parts: joined, total: whole }),
            Some(parts) => Err(UnevenSplit::Differs { parts, whole }),
        }
    }

    /// The parts, at least one.
    pub fn parts(&self) -> &[Designation] {
        &self.parts
    }

    /// Their sum: the gift's amount.
    pub fn total(&self) -> Money {
        self.total
    }
}

/// How a gift was paid, with the details that the target asks of each type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tender {
    /// Coins and notes.
    Cash,
    /// A cheque.
    Check {
        /// Its number; never a card or account number.
        number: Option<String>,
    },
    /// A card.
    Credit {
        /// Visa, Mastercard …; never its number.
        kind: Option<String>,
    },
    /// Electronic funds transfer.
    Eft,
    /// Shares.
    Stock {
        /// Ticker symbol.
        ticker: String,
        /// How many, as written.
        shares: String,
    },
    /// Goods or services.
    NonCash {
        /// One of the organization's non-cash types.
        kind: String,
        /// What it was.
        what: String,
    },
    /// Cryptocurrency.
    Crypto,
    /// Qualified charitable distribution from an IRA.
    Qcd {
        /// Who keeps the account.
        custodian: Option<String>,
    },
    /// None of these.
    Other,
    /// Offsets an earlier gift; the only one that may be negative.
    Reversing,
}

/// A tender without its details: the gift type of tables and value maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TenderKind {
    /// See [`Tender::Cash`].
    Cash,
    /// See [`Tender::Check`].
    Check,
    /// See [`Tender::Credit`].
    Credit,
    /// See [`Tender::Eft`].
    Eft,
    /// See [`Tender::Stock`].
    Stock,
    /// See [`Tender::NonCash`].
    NonCash,
    /// See [`Tender::Crypto`].
    Crypto,
    /// See [`Tender::Qcd`].
    Qcd,
    /// See [`Tender::Other`].
    Other,
    /// See [`Tender::Reversing`].
    Reversing,
}

impl TenderKind {
    /// All kinds.
    pub const ALL: [TenderKind; 10] = [
        TenderKind::Cash,
        TenderKind::Check,
        TenderKind::Credit,
        TenderKind::Eft,
        TenderKind::Stock,
        TenderKind::NonCash,
        TenderKind::Crypto,
        TenderKind::Qcd,
        TenderKind::Other,
        TenderKind::Reversing,
    ];

    /// The one text form, as the target shows it to people.
    pub fn as_str(self) -> &'static str {
        match self {
            TenderKind::Cash => "Cash",
            TenderKind::Check => "Check",
            TenderKind::Credit => "Credit",
            TenderKind::Eft => "EFT",
            TenderKind::Stock => "Stock",
            TenderKind::NonCash => "Non-Cash",
            TenderKind::Crypto => "Cryptocoin",
            TenderKind::Qcd => "Qualified Charitable Distribution",
            TenderKind::Other => "Other",
            TenderKind::Reversing => "Reversing Transaction",
        }
    }

    /// Reads the text form, ignoring case, spaces and dashes.
    pub fn parse(text: &str) -> Option<TenderKind> {
        let fold = |s: &str| {
            s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
        };
        let wanted = fold(text);
        TenderKind::ALL.into_iter().find(|k| fold(k.as_str()) == wanted)
    }
}

impl Tender {
    /// The kind without details.
    pub fn kind(&self) -> TenderKind {
        match self {
            Tender::Cash => TenderKind::Cash,
            Tender::Check { .. } => TenderKind::Check,
            Tender::Credit { .. } => TenderKind::Credit,
            Tender::Eft => TenderKind::Eft,
            Tender::Stock { .. } => TenderKind::Stock,
            Tender::NonCash { .. } => TenderKind::NonCash,
            Tender::Crypto => TenderKind::Crypto,
            Tender::Qcd { .. } => TenderKind::Qcd,
            Tender::Other => TenderKind::Other,
            Tender::Reversing => TenderKind::Reversing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn dollars(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    #[test]
    fn designations_that_do_not_add_up_cannot_be_built() {
        let part = |project: &str, minor| Designation { project: project.into(), amount: dollars(minor) };
        assert!(Designations::new(dollars(100), vec![part("A", 60), part("B", 39)]).is_err());
        assert!(Designations::new(dollars(100), vec![]).is_err());
        let joined =
            Designations::new(dollars(100), vec![part("A", 60), part("B", 30), part("A", 10)]).unwrap();
        assert_eq!(joined.parts(), [part("A", 70), part("B", 30)]);
    }

    #[test]
    fn tender_kinds_are_read_as_people_write_them() {
        for kind in TenderKind::ALL {
            assert_eq!(TenderKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(TenderKind::parse("noncash"), Some(TenderKind::NonCash));
    }
}
