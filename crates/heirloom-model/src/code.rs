//! The finding codes: stable, documented, each with severity, reason and remedy.

use std::fmt;

/// Whether a finding holds its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The row is held until a person acts.
    Blocks,
    /// The row goes on; a person should know.
    Warns,
}

macro_rules! codes {
    ($($name:ident $id:literal $severity:ident $title:literal $why:literal $fix:literal;)*) => {
        /// A kind of problem in data. The text form is stable for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The one text form, such as `G012`.
            pub fn as_str(self) -> &'static str { match self { $(Code::$name => $id,)* } }

            /// Whether it holds the row.
            pub fn severity(self) -> Severity { match self { $(Code::$name => Severity::$severity,)* } }

            /// What is wrong, in a few words.
            pub fn title(self) -> &'static str { match self { $(Code::$name => $title,)* } }

            /// Why it matters.
            pub fn why(self) -> &'static str { match self { $(Code::$name => $why,)* } }

            /// What to do about it.
            pub fn fix(self) -> &'static str { match self { $(Code::$name => $fix,)* } }
        }
    };
}

codes! {
    RaggedRow "F001" Blocks "the row has more cells than the header"
        "cells may have shifted into the wrong columns" "look for a stray separator or quote in the row, and correct the file";
    DamagedText "F002" Warns "characters could not be read in the file's encoding"
        "a name or note would arrive misspelt" "name the encoding in the mapping's [file] section";
    ErrorCell "F003" Blocks "a mapped cell holds a spreadsheet error"
        "an error is not an empty cell: something was there" "correct the formula in the workbook, and read the file again";
    TotalDiffers "F004" Warns "the file's own total is not the sum of its rows"
        "rows may have been lost before the file reached you" "ask for the export again, or find the missing rows";
    Unjoined "F005" Blocks "no row of the main file refers to this companion row"
        "whatever it stands for would vanish" "find the row it belongs to, or let the mapping exclude such rows by a named rule";
    DamagedNumber "F006" Blocks "a long number was rounded by a spreadsheet"
        "an id such as 4.92E+17 no longer says which record is meant" "export the column as text, and read the file again";
    StrayQuote "F007" Warns "a quotation mark stands inside a cell that is not quoted"
        "it may be half of a pair, and the cell may be cut in two" "compare the row with the old system";
    BrokenQuote "F008" Blocks "a quoted cell does not end where it should"
        "the rest of its line cannot be told apart into cells" "double the quotation marks inside the cell, or state quote or escape in the mapping's [file]";
    CutShort "F009" Warns "the last row has no line end: the file may be cut"
        "the rows behind it would be missing" "export the file again, and compare the number of rows";
    ShortRow "F010" Warns "the row has fewer cells than the header"
        "a line end inside a cell may have cut it in two" "look at the row and at the next one, and correct the file";
    HiddenCharacters "F011" Warns "cells hold characters that nobody can see"
        "two ids or names that look the same would not be the same" "remove them in the old system, if they are not meant";
    UnmappedColumn "F012" Warns "a filled column is not in the mapping"
        "what stands in it stays behind" "map the column, keep it among the notes, or list it under ignore in the mapping's [file]";

    NoDonorId "C001" Blocks "the donor has no id"
        "gifts could not find their donor" "fill the id column, or map another one";
    DonorIdTwice "C002" Blocks "two donors have one id"
        "gifts could go to the wrong donor" "correct one of the ids, or exclude one of the rows";
    BadEmail "C003" Warns "the e-mail address is not one"
        "it cannot be sent, and matching by e-mail fails" "correct it; until then it is kept on the hand-over list";
    BadPhone "C004" Warns "the phone number is not one"
        "it cannot be dialled" "correct it; until then it is kept on the hand-over list";
    BadPostal "C005" Warns "the postal code does not fit its country"
        "mail may not arrive, and matching by address gets weaker" "correct it in the old system or in the file";
    PostalZero "C006" Warns "a leading zero of the postal code was restored"
        "a spreadsheet had dropped it" "nothing, if the restored code is right";
    NothingToMatch "C007" Warns "the donor has no e-mail, phone or address"
        "the vendor can match this donor by name and reference only" "nothing, or add what you know";
    TwoInOneName "C008" Warns "two people stand in one name"
        "they become two people of one household" "check the two names that were read";
    NoName "C009" Blocks "the donor has no name"
        "a contact needs a name" "fill the name, or mark the donor as anonymous";
    UnknownFlag "C010" Blocks "a flag is neither yes nor no"
        "guessing could mail somebody who must not be mailed" "say in the mapping what this text means";
    UnmappedKind "C011" Blocks "the donor's kind is not in the mapping"
        "household, organization and foundation are different records" "add a line to [values.donor_kind] in the mapping";
    LacksTag "C012" Warns "the donor carries a tag that Virtuous does not have"
        "whether an unknown tag is made or lost is not documented, and it may keep somebody from being mailed" "make the tag in Virtuous, then plan again";

    BadDate "G001" Blocks "the date cannot be read"
        "a gift without its day would land in the wrong year" "correct the cell, or add the date's format to the mapping";
    FutureDate "G002" Blocks "the date lies after the export was made"
        "a gift cannot be dated after its own export" "correct the date";
    OldDate "G003" Blocks "the date lies before 1900"
        "such dates are placeholders or slips" "correct the date, or list the placeholder as empty in the mapping";
    BadAmount "G004" Blocks "the amount cannot be read"
        "every cent must be accounted for" "correct the cell, or state the number format in the mapping";
    ZeroAmount "G005" Blocks "the amount is zero or empty"
        "a gift of nothing is a mistake or a note" "exclude such rows by a named rule, or fill in the amount";
    NegativeAmount "G006" Blocks "the amount is negative"
        "a refund or correction must not become a gift" "exclude such rows by a named rule, or map their type to Reversing Transaction";
    TooManyDecimals "G007" Blocks "the amount has more decimals than its currency"
        "rounding would change the total" "correct the amount to whole cents";
    NoGiftId "G008" Blocks "the gift has no id"
        "without one a second sending could not be recognised" "fill the id, or let the mapping derive it from other columns";
    GiftIdTwice "G009" Blocks "two gifts have one id"
        "the second would be taken for a repeat of the first and be lost" "correct one of the ids, or declare the rows as parts of one gift";
    UnknownDonor "G010" Blocks "no donor has this id"
        "the gift would belong to nobody" "add the donor, or correct the id";
    NoDonor "G011" Blocks "the gift names no donor"
        "the gift would belong to nobody" "fill in the donor, or map the blank to the anonymous donor";
    UnmappedFund "G012" Blocks "the fund is not in the mapping"
        "every gift needs a project code before it can be sent" "add a line to [values.fund] in the mapping";
    UnmappedMethod "G013" Blocks "the payment method is not in the mapping"
        "cash, check and card are different gift types" "add a line to [values.method] in the mapping";
    UnmappedType "G014" Blocks "the gift type is not in the mapping"
        "it may be a pledge or a soft credit rather than money" "add a line to [types] in the mapping";
    TypeHeld "G015" Blocks "the mapping holds this type of row"
        "somebody decided that a person must look" "decide, and change the line in [types] or the rule in [[hold]]";
    UnevenDesignations "G016" Blocks "the designations do not add up to the gift"
        "money would be credited to no project, or twice" "correct the amounts, or map a project for the rest";
    SplitDisagrees "G017" Blocks "rows of one split gift disagree"
        "they may be two gifts with one id" "make date and donor agree, or give one of them another id";
    UnmappedAppeal "G018" Blocks "the appeal is not in the mapping"
        "an unknown segment code is refused by the vendor" "add a line to [values.appeal] in the mapping";
    TenderLacks "G019" Blocks "the payment method needs a detail that is missing"
        "the vendor refuses stock without ticker and shares, and goods without a kind" "fill in the detail, or map the method to Other";
    Twins "G020" Warns "two gifts are the same in every identity column"
        "they may be one gift entered twice" "nothing, if both were given";
    NoJoin "G021" Blocks "the row refers to a companion row that is not there"
        "donor, date or fund of the gift are unknown" "export the companion file again";
    BlankMapped "G022" Warns "a blank was read as the mapping says"
        "somebody decided what an empty cell means; this counts how often" "nothing, if the line in the mapping is right";
    ForeignCurrency "G023" Blocks "the amount is in another currency"
        "added to the others as it is, it would make every total wrong" "name the column with the exchange rate as exchange_rate in the mapping, or migrate this currency by itself";
    RefundUnfit "G024" Blocks "a refund and its gift need a person"
        "what counts as given is for the organization to say" "say in the mapping's [refund] what becomes of gifts that went back in whole or in part, or correct the rows";
    LacksCode "G025" Blocks "the gift names something that Virtuous does not have"
        "a project, segment, custom field or non-cash type that is not there is refused, or lost" "make it in Virtuous, then plan again; or map to another one";
}

impl Code {
    /// The inverse of [`Code::as_str`].
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|c| c.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_found_again() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
        }
    }
}
