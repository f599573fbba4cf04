//! The presets of `mappings/`, carried inside the program.

/// Name and text of every preset.
pub const PRESETS: &[(&str, &str)] = &[
    ("bloomerang-constituents", include_str!("../../../mappings/bloomerang-constituents.toml")),
    ("bloomerang-transactions", include_str!("../../../mappings/bloomerang-transactions.toml")),
    ("church-donations", include_str!("../../../mappings/church-donations.toml")),
    ("church-people", include_str!("../../../mappings/church-people.toml")),
    ("civicrm-contacts", include_str!("../../../mappings/civicrm-contacts.toml")),
    ("civicrm-contributions", include_str!("../../../mappings/civicrm-contributions.toml")),
    ("donorperfect-donors", include_str!("../../../mappings/donorperfect-donors.toml")),
    ("donorperfect-gifts", include_str!("../../../mappings/donorperfect-gifts.toml")),
    ("etapestry-accounts", include_str!("../../../mappings/etapestry-accounts.toml")),
    ("etapestry-journal", include_str!("../../../mappings/etapestry-journal.toml")),
    ("generic-donors", include_str!("../../../mappings/generic-donors.toml")),
    ("generic-gifts", include_str!("../../../mappings/generic-gifts.toml")),
    ("kindful-contacts", include_str!("../../../mappings/kindful-contacts.toml")),
    ("kindful-transactions", include_str!("../../../mappings/kindful-transactions.toml")),
    (
        "little-green-light-constituents",
        include_str!("../../../mappings/little-green-light-constituents.toml"),
    ),
    ("little-green-light-gifts", include_str!("../../../mappings/little-green-light-gifts.toml")),
    ("neoncrm-accounts", include_str!("../../../mappings/neoncrm-accounts.toml")),
    ("neoncrm-donations", include_str!("../../../mappings/neoncrm-donations.toml")),
    ("npsp-contacts", include_str!("../../../mappings/npsp-contacts.toml")),
    ("npsp-import-donors", include_str!("../../../mappings/npsp-import-donors.toml")),
    ("npsp-import-gifts", include_str!("../../../mappings/npsp-import-gifts.toml")),
    ("npsp-organizations", include_str!("../../../mappings/npsp-organizations.toml")),
    ("npsp-payments", include_str!("../../../mappings/npsp-payments.toml")),
    ("npsp-report-contacts", include_str!("../../../mappings/npsp-report-contacts.toml")),
    ("npsp-report-gifts", include_str!("../../../mappings/npsp-report-gifts.toml")),
    ("paypal-donors", include_str!("../../../mappings/paypal-donors.toml")),
    ("paypal-gifts", include_str!("../../../mappings/paypal-gifts.toml")),
    ("raisers-edge-constituents", include_str!("../../../mappings/raisers-edge-constituents.toml")),
    (
        "raisers-edge-export-constituents",
        include_str!("../../../mappings/raisers-edge-export-constituents.toml"),
    ),
    ("raisers-edge-export-gifts", include_str!("../../../mappings/raisers-edge-export-gifts.toml")),
    ("raisers-edge-gifts", include_str!("../../../mappings/raisers-edge-gifts.toml")),
    ("stripe-donors", include_str!("../../../mappings/stripe-donors.toml")),
    ("stripe-payments", include_str!("../../../mappings/stripe-payments.toml")),
];

/// The text of a preset.
pub fn preset(name: &str) -> Option<String> {
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
}
