//! `steps`: what is done to a text after it was read.

use super::tree::{Node, Problems, Raw};
use super::walk::{self, Table};
use crate::spec::Step;

/// The steps of a value, in order.
pub(super) fn steps(table: &mut Table, problems: &mut Problems) -> Vec<Step> {
    let Some(node) = table.take("steps") else {
        return Vec::new();
    };
    let Raw::List(nodes) = node.raw else {
        problems.add(node.at, "steps is a list", "such as [\"upper\", { pad_zero = 5 }]");
        return Vec::new();
    };
    nodes.into_iter().filter_map(|n| step(n, problems)).collect()
}

fn step(node: Node, problems: &mut Problems) -> Option<Step> {
    const KNOWN: &str = "upper, lower, title, digits, collapse, { pad_zero = 5 }, { null = [\"x\"] }, { extract = \"regex\" }, { replace = [\"a\", \"b\"] }";
    let at = node.at;
    if let Raw::Text(name) = &node.raw {
        let step = match name.as_str() {
            "upper" => Step::Upper,
            "lower" => Step::Lower,
            "title" => Step::Title,
            "digits" => Step::Digits,
            "collapse" => Step::Collapse,
            _ => {
                problems.add(at, format!("unknown step \"{name}\""), format!("known: {KNOWN}"));
                return None;
            }
        };
        return Some(step);
    }
    let mut table = walk::table(node, "a step", problems)?;
    let step = if let Some(width) = table.int("pad_zero", 1..=40, problems) {
        Some(Step::PadZero(width as usize))
    } else if let Some(texts) = table.texts("null", problems) {
        Some(Step::Null(texts))
    } else if let Some(node) = table.take("extract") {
        walk::regex(node, problems).map(Step::Extract)
    } else if let Some(pair) = table.texts("replace", problems) {
        match <[String; 2]>::try_from(pair) {
            Ok([from, to]) if !from.is_empty() => Some(Step::Replace(from, to)),
            _ => {
                problems.add(at, "replace takes two texts, the first not empty", "");
                None
            }
        }
    } else {
        None
    };
    table.finish(problems);
    step
}
