//! The presets of `mappings/`, carried inside the program.

/// Name and text of every preset.
pub const PRESETS: &[(&str, &str)] = &[
    ("generic-donors", include_str!("../../../mappings/generic-donors.toml")),
    ("generic-gifts", include_str!("../../../mappings/generic-gifts.toml")),
    ("npsp-contacts", include_str!("../../../mappings/npsp-contacts.toml")),
    ("npsp-organizations", include_str!("../../../mappings/npsp-organizations.toml")),
    ("npsp-payments", include_str!("../../../mappings/npsp-payments.toml")),
    ("raisers-edge-constituents", include_str!("../../../mappings/raisers-edge-constituents.toml")),
    ("raisers-edge-gifts", include_str!("../../../mappings/raisers-edge-gifts.toml")),
];

/// The text of a preset.
pub fn preset(name: &str) -> Option<String> {
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
}
