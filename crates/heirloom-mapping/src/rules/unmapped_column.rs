//! F012: a filled column that the mapping neither maps nor ignores.

use heirloom_model::{Code, Finding, RowRef, column_letter};

use crate::ground::Unmapped;

pub(crate) fn finding(at: RowRef, unmapped: &Unmapped, name: &str) -> Finding {
    let letter = column_letter(unmapped.column as usize);
    let cells = if unmapped.cells == 1 { "cell is" } else { "cells are" };
    Finding {
        code: Code::UnmappedColumn,
        at,
        column: Some(format!("{letter} \"{name}\"")),
        seen: name.to_owned(),
        detail: format!("{} filled {cells} left behind", unmapped.cells),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_filled_column_is_mapped_or_ignored_or_reported() {
        let reported = |toml: &str, extra: &str| -> Vec<String> {
            let file = Gifts::new(toml, &[&format!("1|D1|1/31/2020|1|GEN|Cash|{extra}")]);
            let findings = file.survey().unwrap().unmapped(|_, _| false);
            findings.into_iter().map(|f| format!("{} {}", f.column.unwrap(), f.detail)).collect()
        };
        assert_eq!(reported("", "x"), ["G \"Extra\" 1 filled cell is left behind"]);
        assert!(reported("", "").is_empty());
        assert!(reported("[file]\nignore = [\"extra\"]", "x").is_empty());
        assert!(reported("[file]\nignore = [\"ex*\"]", "x").is_empty());
        assert_eq!(reported("[file]\nignore = [\"exit*\"]", "x").len(), 1);
        let noted = "[fields]\nnotes = [{ label = \"Extra\", column = \"Extra\" }]";
        assert!(reported(noted, "x").is_empty());
    }
}
