//! How a file is to be read: what a mapping may say, and which sheets that comes to.

/// How a file is to be read, as far as the mapping says; the rest is found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadAs {
    /// A WHATWG label such as `windows-1252`, or `mixed` for UTF-8 with windows-1252 in single
    /// cells. Detected if `None`. A byte order mark outranks it.
    pub encoding: Option<String>,
    /// The byte between fields. Sniffed among `,` `;` TAB `|` if `None`.
    pub delimiter: Option<u8>,
    /// The byte around fields that hold delimiters; `"` if `None`, nothing quotes if it is 0.
    pub quote: Option<u8>,
    /// The byte that makes the next character of a quoted cell an ordinary one, such as `\`. Doubled
    /// quotation marks are understood in any case.
    pub escape: Option<u8>,
    /// Which sheets of a workbook.
    pub sheets: SheetChoice,
}

/// Which sheets of a workbook are read. Hidden ones only if they are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SheetChoice {
    /// The first visible worksheet.
    #[default]
    First,
    /// Every visible worksheet, in the order of the tabs.
    All,
    /// These, in this order.
    Named(Vec<String>),
}

/// A sheet that will be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetInfo {
    /// Its name; a text file is one sheet without a name.
    pub name: Option<String>,
}
