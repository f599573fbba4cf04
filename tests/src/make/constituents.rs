//! `constituents.csv`: Windows-1252, semicolons, CRLF, as Raiser's Edge writes it.

use std::io::{self, Write};

use super::donor::{Donor, Donors};
use super::tally::Tally;

const HEADER: [&str; 33] = [
    "Constituent ID",
    "Import ID",
    "Key Indicator",
    "Constituent Code",
    "Organization Name",
    "Title",
    "First Name",
    "Middle Name",
    "Last Name",
    "Suffix",
    "Nickname",
    "Maiden Name",
    "Gender",
    "Birth Date",
    "SSN",
    "Spouse Title",
    "Spouse First Name",
    "Spouse Last Name",
    "Address Line 1",
    "Address Line 2",
    "City",
    "State",
    "ZIP",
    "Country",
    "Home Phone",
    "Cell Phone",
    "Business Phone",
    "E-mail",
    "Deceased",
    "Do Not Mail",
    "Do Not E-mail",
    "Do Not Phone",
    "Comments",
];

/// Writes every record, and the truth beside it, one at a time.
///
/// # Errors
/// Those of writing.
pub fn write(donors: &Donors, file: impl Write, truth: impl Write, tally: &mut Tally) -> io::Result<()> {
    let mut table =
        csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(file);
    let mut answers = csv::Writer::from_writer(truth);
    table.write_record(HEADER)?;
    answers.write_record(["record_id", "entity_id", "household_id", "kind"])?;
    for number in 0..donors.count {
        let donor = donors.at(number);
        table.write_record(cells(&donor).iter().map(|cell| windows_1252(cell)))?;
        let (entity, household) = (10_001 + donor.truth.entity, 10_001 + donor.truth.household);
        answers.write_record([&donor.id, &entity.to_string(), &household.to_string(), donor.indicator])?;
        tally.donor(number, &donor);
    }
    table.flush()?;
    answers.flush()
}

fn cells(donor: &Donor) -> [String; 33] {
    let yes = |flag: bool| String::from(if flag { "Yes" } else { "No" });
    let place = &donor.place;
    [
        donor.id.clone(),
        donor.import_id.clone(),
        donor.indicator.into(),
        donor.code.into(),
        donor.organization.clone(),
        donor.title.into(),
        donor.first.clone(),
        donor.middle.clone(),
        donor.last.clone(),
        donor.suffix.into(),
        donor.nickname.clone(),
        donor.maiden.clone(),
        donor.gender.into(),
        donor.birth.clone(),
        donor.ssn.clone(),
        donor.spouse_title.into(),
        donor.spouse_first.clone(),
        donor.spouse_last.clone(),
        place.line1.clone(),
        place.line2.clone(),
        place.city.clone(),
        place.state.clone(),
        place.zip.clone(),
        place.country.into(),
        donor.home_phone.clone(),
        donor.cell_phone.clone(),
        donor.work_phone.clone(),
        donor.email.clone(),
        donor.deceased.clone(),
        yes(donor.no_mail),
        yes(donor.no_email),
        yes(donor.no_phone),
        donor.comments.clone(),
    ]
}

/// The text in the encoding of Windows in western countries.
///
/// # Panics
/// If a letter is not in it; the word lists hold none.
pub fn windows_1252(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| match letter {
            '’' => 0x92,
            '–' => 0x96,
            _ => u8::try_from(u32::from(letter)).expect("the word lists hold letters of Windows-1252 only"),
        })
        .collect()
}
