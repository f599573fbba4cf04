//! Every preset and every sample mapping of the project is a mapping.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use heirloom_mapping::parse;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn mapping_files() -> Vec<PathBuf> {
    let mut folders = vec![root().join("mappings")];
    if let Ok(samples) = std::fs::read_dir(root().join("samples")) {
        folders.extend(samples.map(|s| s.unwrap().path().join("mappings")));
    }
    let mut files: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_preset_and_sample_mapping_is_read() {
    let presets =
        |name: &str| std::fs::read_to_string(root().join("mappings").join(format!("{name}.toml"))).ok();
    for path in mapping_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(problems) = parse(&path.display().to_string(), &text, &presets) {
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", shown.join("\n"));
        }
    }
}
