//! The funds, appeals and methods of Harbor Light, spelled as forty volunteers spelled them. Each
//! spelling stands in the sample's mapping; a test compares.

/// A fund: weight, project code, spellings.
pub type Fund = (u64, (&'static str, &'static [&'static str]));

/// The funds.
pub const FUNDS: &[Fund] = &[
    (
        52,
        (
            "GEN",
            &["General Operating", "General Operating", "Gen. Operating", "General Fund", "Unrestricted"],
        ),
    ),
    (12, ("BACKPACK", &["Weekend Backpack Program", "Backpack Prog."])),
    (10, ("MOBILE", &["Mobile Pantry", "Mobile Food Pantry", "Mobile Pntry"])),
    (9, ("HOLIDAY", &["Holiday Meals", "Holiday Meal Drive"])),
    (7, ("SENIOR", &["Senior Boxes", "Senior Food Boxes (CSFP)"])),
    (6, ("CAPITAL", &["Capital Campaign", "Building Campaign 2015", "New Warehouse"])),
    (2, ("RELIEF", &["Disaster Relief", "Emergency Relief"])),
    (1, ("ENDOW", &["Endowment"])),
    (1, ("GEN", &[""])),
];

/// The appeals.
pub const APPEALS: &[(u64, &str)] = &[
    (30, "Year-End Mailing"),
    (18, "Spring Appeal"),
    (14, "Website"),
    (10, "Walk for Hunger"),
    (6, "Newsletter"),
    (4, "Board Ask"),
    (18, "Unsolicited"),
];

/// How people pay.
pub const METHODS: &[(u64, &str)] =
    &[(50, "Personal Check"), (32, "Credit Card"), (12, "Cash"), (4, "Direct Debit"), (2, "Other")];

/// Rules of the mapping under which rows are left out, by gift type.
pub const EXCLUDED: &[(&str, &str)] = &[
    ("Pledge", "pledge: a promise, not money"),
    ("Recurring Gift", "recurring gift: a schedule, not money"),
    ("Write Off", "write-off: a promise given up"),
];

/// The rule under which vendors are left out.
pub const VENDOR: &str = "vendor: bills us, does not give";
