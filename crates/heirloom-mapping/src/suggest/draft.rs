//! The draft as text: a mapping that parses, with what was guessed and why beside each line.

use std::fmt::Write;

use super::lists::{List, Tallier, VALUES_MAX, is_known};
use super::{Guess, Suggestion};
use crate::spec::RecordKind;
use crate::{OddKind, Range};
use heirloom_model::column_letter;

/// Writes the whole draft.
pub(super) fn write(suggestion: &Suggestion<'_>, tallier: &Tallier) -> String {
    let mut out = String::new();
    head(suggestion, &mut out);
    file(suggestion, &mut out);
    if suggestion.preset.is_some() {
        preset_fields(suggestion, &mut out);
    } else {
        grain(suggestion, &mut out);
        match suggestion.record {
            RecordKind::Gift => gift_fields(suggestion, &mut out),
            RecordKind::Donor => donor_fields(suggestion, &mut out),
        }
        courts(suggestion, &mut out);
    }
    for list in &tallier.lists {
        values(suggestion, tallier, list, &mut out);
    }
    missing_tables(suggestion, tallier, &mut out);
    out
}

/// A text in quotes, as TOML wants it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text that stays on its line in a comment.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn head(suggestion: &Suggestion<'_>, out: &mut String) {
    let sheet = suggestion.sheet;
    let _ = writeln!(
        out,
        "# Drafted by heirloom map suggest from {}: {} rows, {} columns.",
        plain(&suggestion.file),
        sheet.rows,
        sheet.columns.len()
    );
    out.push_str("# A draft: read every line. sure = name and content agree; likely = one of them; guess = look at the column.\n");
    out.push_str("# Values of funds, methods and types stand below as comments: until you say what they mean, their rows are held.\n");
    let record = match suggestion.record {
        RecordKind::Gift => "gift",
        RecordKind::Donor => "donor",
    };
    let _ = writeln!(out, "version = 1\nrecord = \"{record}\"");
    if let Some(fit) = suggestion.fit.as_ref().filter(|_| suggestion.preset.is_some()) {
        let _ = writeln!(
            out,
            "# {}: all {} columns that the preset needs are there; it maps or ignores {} of {}.",
            plain(&fit.system),
            fit.needed,
            fit.covered,
            fit.columns
        );
        let _ = writeln!(out, "extends = \"{}\"", fit.preset);
    }
}

fn file(suggestion: &Suggestion<'_>, out: &mut String) {
    let sheet = suggestion.sheet;
    let _ = writeln!(out, "\n[file]\nname = {}", quoted(&suggestion.file));
    if let Some(name) = &suggestion.sheet_name {
        let _ = writeln!(out, "sheets = [{}]", quoted(name));
    }
    if suggestion.preset.is_none() {
        match sheet.header_row {
            Some(row) if sheet.titles > 0 => {
                let _ = writeln!(
                    out,
                    "header_row = {row}   # {} above it",
                    if sheet.titles == 1 { "a title".to_owned() } else { format!("{} titles", sheet.titles) }
                );
            }
            Some(_) => {}
            None => out
                .push_str("no_header = true   # no row looks like names: columns are addressed by letter\n"),
        }
        if let Some(row) = sheet.totals.first() {
            let _ = writeln!(
                out,
                "total = \"^(grand |sub)?totals?\"   # row {row}: it is compared with the sum above it"
            );
        }
        if let Some(row) = sheet.lonely.first() {
            let _ = writeln!(
                out,
                "# skip = [\"^…\"]   # row {row} has one filled cell only: if it is a footer, say how it begins"
            );
        }
    }
    if suggestion.unmapped.is_empty() {
        return;
    }
    out.push_str("# Nothing speaks for these columns, so each is reported (F012) until it is mapped, or listed here:\n# ignore = [\n");
    for &index in &suggestion.unmapped {
        let column = &sheet.columns[index];
        let _ = writeln!(
            out,
            "#   {},   # column {}: {}, {} % filled, {} different",
            quoted(&column.header),
            column_letter(index),
            column.kind.as_str(),
            column.fill_percent(sheet.rows),
            column.distinct.count()
        );
    }
    out.push_str("# ]\n");
}

/// What the preset makes of this file, for the reader.
fn preset_fields(suggestion: &Suggestion<'_>, out: &mut String) {
    out.push_str("\n# How the preset reads this file:\n");
    for guess in &suggestion.guesses {
        let column = &suggestion.sheet.columns[guess.column];
        let _ = writeln!(
            out,
            "#   {} <- {} (column {}): {}, {}",
            plain(&guess.field),
            quoted(&column.header),
            column_letter(guess.column),
            guess.confidence.as_str(),
            guess.reason
        );
    }
}

fn grain(suggestion: &Suggestion<'_>, out: &mut String) {
    if let Some(wide) = &suggestion.wide {
        let _ = writeln!(
            out,
            "\n[grain]   # likely: dates and amounts are numbered 1 to {}\nrow = \"wide\"\nrepeat = {}",
            wide.repeat, wide.repeat
        );
        let _ = writeln!(
            out,
            "\n[[exclude]]\nrule = \"no gift: the row only names a donor\"\nwhen = [{{ column = {}, blank = true }}, {{ column = {}, blank = true }}]",
            quoted(&wide.date),
            quoted(&wide.amount)
        );
        return;
    }
    let Some(id) = suggestion.column("id") else { return };
    if id.is_unique(suggestion.sheet.rows) {
        return;
    }
    match suggestion.record {
        RecordKind::Gift => out.push_str("\n[grain]   # guess: ids repeat, so rows are parts of a gift. If they repeat it for each soft credit: \"credit\"\nrow = \"part\"\n"),
        RecordKind::Donor => out.push_str("\n[grain]   # guess: ids repeat, so the file has a row for each gift of a donor\nrow = \"gift\"\n"),
    }
}

/// `{ column = "Gift ID" }`, or by letter where the name does not tell.
fn source(suggestion: &Suggestion<'_>, column: usize) -> String {
    let found = &suggestion.sheet.columns[column];
    let by_letter = suggestion.sheet.header_row.is_none()
        || found.oddities.iter().any(|o| matches!(o.kind, OddKind::NameTwice | OddKind::NoName))
        || crate::text::fold(&found.header).is_empty();
    match by_letter {
        true => format!("letter = \"{}\"", column_letter(column)),
        false => format!("column = {}", quoted(&found.header)),
    }
}

fn comment(guess: &Guess) -> String {
    format!("# {} ({} %): {}", guess.confidence.as_str(), guess.percent, plain(&guess.reason))
}

fn line(suggestion: &Suggestion<'_>, out: &mut String, key: &str, guess: &Guess) {
    let _ = writeln!(out, "{}\n{key} = {{ {} }}", comment(guess), source(suggestion, guess.column));
}

fn gift_fields(suggestion: &Suggestion<'_>, out: &mut String) {
    out.push_str("\n[fields]\n");
    let find = |field: &str| suggestion.guesses.iter().find(|g| g.field == field);
    match find("id").filter(|_| suggestion.wide.is_none()) {
        Some(guess) => line(suggestion, out, "id", guess),
        None => out.push_str("# guess: no column is an id, so one is made of what a gift is; equal gifts are told apart by their order (G020)\nid = { derive = [\"donor\", \"date\", \"amount\"] }\n"),
    }
    match find("donor") {
        Some(guess) => line(suggestion, out, "donor", guess),
        None => donor_fallback(suggestion, out),
    }
    out.push_str("donor_blank = \"held\"\n");
    for (field, set) in [
        ("date", suggestion.wide.as_ref().map(|w| &w.date)),
        ("amount", suggestion.wide.as_ref().map(|w| &w.amount)),
    ] {
        match (find(field), set) {
            (Some(guess), Some(name)) => {
                let _ = writeln!(out, "{}\n{field} = {{ column = {} }}", comment(guess), quoted(name));
            }
            (Some(guess), None) => line(suggestion, out, field, guess),
            (None, _) => {
                let _ = writeln!(
                    out,
                    "# NOT FOUND: name the column of the {field}; until then no row can be mapped\n{field} = {{ constant = \"\" }}"
                );
            }
        }
    }
    match (find("fund"), suggestion.wide.as_ref().and_then(|w| w.fund.as_ref())) {
        (Some(guess), Some(name)) => {
            let _ = writeln!(out, "{}\nfund = {{ column = {}, optional = true }}", comment(guess), quoted(name));
        }
        (Some(guess), None) => line(suggestion, out, "fund", guess),
        (None, _) => out.push_str("# NOT FOUND: no column looks like a fund. Its blank is held (G012) until [values.fund] has a line for \"\"\nfund = { constant = \"\" }\n"),
    }
    for field in ["type", "currency", "method", "appeal", "check_number", "receipt_date"] {
        if let Some(guess) = find(field) {
            line(suggestion, out, field, guess);
        }
    }
}

/// Without an id of donors, what else may tell them apart.
fn donor_fallback(suggestion: &Suggestion<'_>, out: &mut String) {
    let columns = &suggestion.sheet.columns;
    let email = columns.iter().find(|c| c.kind == crate::ColumnType::Email);
    match email {
        Some(column) => {
            let _ = writeln!(out, "# guess: no column is a donor's id; an e-mail address tells donors apart\ndonor = {{ {}, steps = [\"lower\"] }}", source(suggestion, column.index));
        }
        None => out.push_str("# NOT FOUND: name the column that says who gave; until then every gift is held (G011)\ndonor = { constant = \"\" }\n"),
    }
}

fn donor_fields(suggestion: &Suggestion<'_>, out: &mut String) {
    out.push_str("\n[fields]\n");
    let find = |field: &str| suggestion.guesses.iter().find(|g| g.field == field);
    if find("id").is_none() {
        let email = suggestion.sheet.columns.iter().find(|c| c.kind == crate::ColumnType::Email);
        let first = suggestion.sheet.columns.iter().find(|c| c.filled > 0);
        if let Some(column) = email.or(first) {
            let _ = writeln!(
                out,
                "# NOT FOUND: name the column of the donor's id; until then\nid = {{ {} }}",
                source(suggestion, column.index)
            );
        }
    }
    let names = ["organization", "name", "first", "last"];
    if !names.iter().any(|n| find(n).is_some()) {
        let text = suggestion.sheet.columns.iter().filter(|c| c.kind == crate::ColumnType::Text);
        if let Some(column) = text.max_by_key(|c| c.filled).or(suggestion.sheet.columns.first()) {
            let _ = writeln!(
                out,
                "# NOT FOUND: name the column of the donor's name; until then\nname = {{ {} }}",
                source(suggestion, column.index)
            );
        }
    }
    let flags = ["deceased", "do_not_mail", "do_not_call", "do_not_email", "do_not_contact", "anonymous"];
    for guess in
        suggestion.guesses.iter().filter(|g| !g.field.contains(' ') && !flags.contains(&g.field.as_str()))
    {
        line(suggestion, out, &guess.field, guess);
    }
    let of =
        |block: &str| suggestion.guesses.iter().filter(|g| g.field.starts_with(block)).collect::<Vec<_>>();
    let address = of("address ");
    if !address.is_empty() {
        out.push_str("\n[[address]]\n");
        for guess in address {
            line(suggestion, out, &guess.field["address ".len()..], guess);
        }
    }
    for (block, key) in [("phone ", "number"), ("email ", "address")] {
        for guess in of(block) {
            let kind = match &guess.field[block.len()..] {
                "home" => "Home",
                "mobile" => "Mobile",
                "work" => "Work",
                _ => "Other",
            };
            let _ = writeln!(out, "\n[[{}]]\nkind = \"{kind}\"", block.trim_end());
            line(suggestion, out, key, guess);
        }
    }
    let raised: Vec<&Guess> =
        suggestion.guesses.iter().filter(|g| flags.contains(&g.field.as_str())).collect();
    if !raised.is_empty() {
        out.push_str("\n[flags]\n");
        raised.iter().for_each(|guess| line(suggestion, out, &guess.field, guess));
    }
}

/// What the columns leave open about dates, numbers and empty words.
fn courts(suggestion: &Suggestion<'_>, out: &mut String) {
    let mapped = suggestion.guesses.iter().map(|g| &suggestion.sheet.columns[g.column]);
    let odd: Vec<_> = mapped.flat_map(|c| c.oddities.iter().map(move |o| (c, o))).collect();
    let find = |kind: OddKind| odd.iter().find(|(_, o)| o.kind == kind);
    if let Some((column, _)) = find(OddKind::OpenDates).or(find(OddKind::MixedDateOrders)) {
        let _ = writeln!(
            out,
            "\n# {}: month or day first? The rows do not decide; check stops until you say it.\n# [date]\n# order = \"mdy\"",
            quoted(&column.header)
        );
    }
    if let Some((column, _)) = find(OddKind::ShortYears) {
        let _ = writeln!(
            out,
            "\n# {} has years of two digits; check stops until you say the pivot.\n# [date]\n# pivot = 30",
            quoted(&column.header)
        );
    }
    if let Some((column, _)) = find(OddKind::OpenDecimalMark).or(find(OddKind::MixedDecimalMarks)) {
        let _ = writeln!(
            out,
            "\n# {}: thousands or decimals? The rows do not decide.\n# [number]\n# decimal = \".\"",
            quoted(&column.header)
        );
    }
    let mut nulls: Vec<&str> =
        odd.iter().filter(|(_, o)| o.kind == OddKind::NullWord).map(|(_, o)| o.detail.as_str()).collect();
    nulls.sort_unstable();
    nulls.dedup();
    if !nulls.is_empty() {
        let _ =
            writeln!(out, "\n# Words that seem to mean empty:\n# [null]\n# tokens = [{}]", nulls.join(", "));
    }
}

/// A table with the values that were found, each for a person to fill in.
fn values(suggestion: &Suggestion<'_>, tallier: &Tallier, list: &List, out: &mut String) {
    let right = match list.table {
        "types" => ("\"gift\", \"reversal\", \"held\" or { excluded = \"rule\" }", "held"),
        "values.fund" => ("the project code", ""),
        "values.method" => ("Cash, Check, Credit, EFT, Stock, Non-Cash, Other …", ""),
        "values.appeal" => ("the segment code, or \"\" for none", ""),
        _ => ("household, organization, foundation, anonymous or { excluded = \"rule\" }", ""),
    };
    let known = |value: &str| suggestion.preset.as_ref().is_some_and(|m| is_known(m, list.table, value));
    let mut rows: Vec<_> = list.counts.iter().filter(|(value, _)| !known(value)).collect();
    rows.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(b.0)));
    let said = list.counts.len() - rows.len();
    let _ = writeln!(out, "\n[{}]   # right side: {}", list.table, right.0);
    if said > 0 {
        let _ = writeln!(out, "# the preset knows {said} of the {} values found", list.counts.len());
    }
    if rows.is_empty() {
        return;
    }
    out.push_str("# Held until you take the # away and say what it means:\n");
    for (value, (count, sum)) in rows {
        let money = if tallier.has_money() { format!(", {}", Range::plain(*sum)) } else { String::new() };
        let blank = if value.is_empty() { " (blank)" } else { "" };
        let noun = if *count == 1 { "row" } else { "rows" };
        let _ = writeln!(out, "# {} = \"{}\"   # {count} {noun}{money}{blank}", quoted(value), right.1);
    }
    if list.too_many {
        let _ = writeln!(out, "# … and more than {VALUES_MAX} others: is this the right column?");
    }
}

/// Tables that a field asks for, even if there is nothing to list.
fn missing_tables(suggestion: &Suggestion<'_>, tallier: &Tallier, out: &mut String) {
    if suggestion.preset.is_some() || suggestion.record == RecordKind::Donor {
        return;
    }
    if !tallier.lists.iter().any(|l| l.table == "values.fund") {
        out.push_str("\n[values.fund]   # right side: the project code\n# \"\" = \"GEN\"   # every row, if there is one fund only\n");
    }
}
