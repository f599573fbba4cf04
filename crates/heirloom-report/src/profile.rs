//! The profile of files as one page: what stands in their columns, before there is a mapping.

use askama::Template;

use crate::words::{self, is_hostile};

/// Columns of a sheet that are shown.
const COLUMNS_MAX: usize = 500;

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfilePage {
    /// Whether cells of donors stand in it.
    pub shows_values: bool,
    /// File by file.
    pub files: Vec<ProfileFile>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ProfileFile {
    /// Its name.
    pub name: String,
    /// Kind and size, or why it cannot be read.
    pub about: String,
    /// How it was read, and what was odd about it.
    pub notes: Vec<String>,
    /// Its sheets; a text file has one.
    pub sheets: Vec<ProfileSheet>,
}

/// One sheet.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ProfileSheet {
    /// Header, rows and columns, in words.
    pub about: String,
    /// Totals, footers, rows that are too long.
    pub notes: Vec<String>,
    /// Its columns.
    pub columns: Vec<ProfileColumn>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ProfileColumn {
    /// As the spreadsheet labels it.
    pub letter: String,
    /// Its name.
    pub header: String,
    /// What its cells are.
    pub kind: String,
    /// How many of them are filled, in words.
    pub filled: String,
    /// The same in percent, for the bar.
    pub filled_percent: u32,
    /// Different values.
    pub distinct: String,
    /// From when to when, or from how much to how much.
    pub range: String,
    /// How its texts are shaped.
    pub shape: String,
    /// What is odd, one sentence each.
    pub odd: Vec<String>,
    /// First, last and frequent values; empty unless they are shown.
    pub seen: String,
}

/// The page as one HTML file, without script or network.
pub fn profile_html(page: &ProfilePage) -> String {
    let template = Page { page, style: crate::html::STYLE, style_hash: crate::html::STYLE_HASH };
    let text = template.render().expect("the template only writes into a string");
    let visible = |c| if c != '\n' && is_hostile(c) { words::safe_char(c) } else { c };
    text.chars().map(visible).collect()
}

#[derive(Template)]
#[template(path = "profile.html")]
struct Page<'a> {
    page: &'a ProfilePage,
    style: &'static str,
    style_hash: &'static str,
}

impl Page<'_> {
    fn columns<'s>(&self, sheet: &'s ProfileSheet) -> &'s [ProfileColumn] {
        &sheet.columns[..sheet.columns.len().min(COLUMNS_MAX)]
    }

    fn more(&self, sheet: &ProfileSheet) -> String {
        match sheet.columns.len().saturating_sub(COLUMNS_MAX) {
            0 => String::new(),
            more => format!("and {} not shown here", words::count(more as u64, "more column")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> ProfilePage {
        let column = ProfileColumn {
            letter: "B".into(),
            header: "<i>Amount</i>".into(),
            kind: "amount".into(),
            filled: "91 %".into(),
            filled_percent: 91,
            distinct: "unique".into(),
            range: "1.00 to 2,500.00, sum 7,595.50".into(),
            shape: "9.99".into(),
            odd: vec!["two ways of writing: 3 cells; rows 4, 7 …".into()],
            seen: String::new(),
        };
        let sheet = ProfileSheet {
            about: "header in row 1; 12 rows of data".into(),
            notes: vec!["row 14 says total".into()],
            columns: vec![column],
        };
        let file = ProfileFile {
            name: "gifts\u{202e}.csv".into(),
            about: "CSV, 1,024 bytes".into(),
            notes: vec!["UTF-8: no byte order mark".into()],
            sheets: vec![sheet],
        };
        ProfilePage { shows_values: false, files: vec![file] }
    }

    #[test]
    fn the_page_says_every_figure_and_runs_nothing() {
        let html = profile_html(&page());
        for text in ["sum 7,595.50", "91 %", "two ways of writing", "row 14 says total", "no byte order mark"]
        {
            assert!(html.contains(text), "{text}");
        }
        assert!(html.contains("width=\"91\"") && html.contains("No cell of a donor"));
        assert!(!html.contains("<i>Amount") && !html.contains("<script") && !html.contains('\u{202e}'));
        assert!(!html.contains("http://") && !html.contains("https://"));
    }

    #[test]
    fn a_file_of_very_many_columns_says_how_many_it_does_not_show() {
        let mut page = page();
        page.files[0].sheets[0].columns = vec![page.files[0].sheets[0].columns[0].clone(); COLUMNS_MAX + 2];
        assert!(profile_html(&page).contains("and 2 more columns not shown here"));
    }
}
