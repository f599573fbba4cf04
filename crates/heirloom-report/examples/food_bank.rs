//! Prints the invented food bank's report, to look at: `html`, `json` or `terminal` (the default).

#[path = "../src/invented/mod.rs"]
mod invented;

use heirloom_report::{Colour, html, json, terminal};

fn main() {
    let report = invented::food_bank();
    let form = std::env::args().nth(1).unwrap_or_default();
    match form.as_str() {
        "html" => print!("{}", html(&report)),
        "json" => print!("{}", json(&report)),
        _ => print!("{}", terminal(&report, Colour::Yes)),
    }
}
