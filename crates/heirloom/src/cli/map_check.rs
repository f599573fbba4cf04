//! `heirloom map check`: the mappings are read, and the examples in them run. No input file is opened.

use heirloom_mapping::run_examples;
use serde_json::json;

use super::{Said, Setting};
use crate::failure::{Exit, Result};
use crate::migration::load_mappings;

/// Reads every mapping, which says every mistake in them at once, and runs their examples.
pub fn map_check(setting: &Setting) -> Result<Said> {
    let folder = setting.folder();
    let settings = folder.settings()?;
    let mappings = load_mappings(&folder, &settings)?;
    let (mut documents, mut run, mut failed) = (Vec::new(), 0, 0);
    for mapping in &mappings {
        let results = run_examples(mapping, settings.currency, settings.exported_on);
        run += results.len();
        for result in results.iter().filter(|r| !r.problems.is_empty()) {
            failed += 1;
            setting.out.line(&format!("{}:{}  {}", mapping.name(), result.line, result.name));
            for problem in &result.problems {
                setting.out.line(&format!("    {problem}"));
            }
        }
        let examples: Vec<_> = results
            .iter()
            .map(|r| json!({ "name": r.name, "line": r.line, "problems": r.problems }))
            .collect();
        documents.push(json!({ "mapping": mapping.name(), "examples": examples }));
    }
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let (mappings, examples) = (count(mappings.len(), "mapping"), count(run, "example"));
    setting.out.line(&match failed {
        0 => format!("{mappings} read; {examples} hold."),
        _ => format!("{mappings} read; {} of {examples} do not hold.", failed),
    });
    let exit = if failed == 0 { Exit::Done } else { Exit::NeedsPerson };
    Said::new(json!({ "mappings": documents }), exit)
}
