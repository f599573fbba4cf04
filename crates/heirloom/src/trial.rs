//! A mapping tried on the folder's input, beside the ledger: nothing is kept, and nothing is changed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heirloom_intake::SourceFile;
use heirloom_mapping::{
    Companion, Context, DonorIndex, Mapper, Mapping, Masker, Part, RecordKind, Survey, Surveyor, Unfolder,
};
use heirloom_model::{FileId, Place, Placed, SourceRow};

use crate::apart;
use crate::failure::{Failure, Result};
use crate::folder::Folder;
use crate::migration::read_as;
use crate::settings::{Donors, Settings};
use crate::stages::CHUNK_ROWS;

/// A mapping with its files surveyed.
pub struct Trial<'m> {
    mapping: &'m Mapping,
    settings: &'m Settings,
    main: PathBuf,
    /// The main file's survey.
    pub survey: Survey,
    companions: Vec<(Survey, Vec<SourceRow>)>,
    known_donors: Option<&'m DonorIndex>,
}

impl<'m> Trial<'m> {
    /// Surveys the files of a mapping.
    ///
    /// # Errors
    /// Files that are not there, cannot be read, or do not fit the mapping.
    pub fn new(
        folder: &Folder,
        settings: &'m Settings,
        mapping: &'m Mapping,
        known_donors: Option<&'m DonorIndex>,
    ) -> Result<Trial<'m>> {
        let main = folder.find_input(&mapping.main().name, mapping.name())?;
        let survey = survey_of(mapping, &main, Part::Main, &mut |_| ())?;
        let mut companions = Vec::new();
        for (index, companion) in mapping.companions().iter().enumerate() {
            let path = folder.find_input(&companion.file.name, mapping.name())?;
            let mut rows = Vec::new();
            let survey =
                survey_of(mapping, &path, Part::Companion(index), &mut |row| rows.push(row.clone()))?;
            companions.push((survey, rows));
        }
        Ok(Trial { mapping, settings, main, survey, companions, known_donors })
    }

    /// The mapper over these files.
    ///
    /// # Errors
    /// [`Failure::Survey`].
    pub fn mapper(&self) -> Result<Mapper<'_>> {
        let companions =
            self.companions.iter().map(|(survey, rows)| Companion { survey, rows: rows.clone() }).collect();
        let context = Context {
            currency: self.settings.currency,
            exported_on: self.settings.exported_on,
            known_donors: self.known_donors,
        };
        Mapper::new(self.mapping, &self.survey, companions, context).map_err(Failure::Survey)
    }

    /// Every row of the main file, titles and header included, as the mapping sees it.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn rows(&self, mut each: impl FnMut(SourceRow)) -> Result<()> {
        rows(self.mapping, &self.main, Part::Main, &mut each)
    }

    /// Maps every row, in order; the results of a chunk come together with its rows.
    ///
    /// Besides a chunk, only rows are in memory that belong to a gift of an earlier one.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn run(&self, mut each: impl FnMut(Chunk<'_>)) -> Result<()> {
        let mapper = self.mapper()?;
        let mut apart = self.further_rows()?;
        let mut chunk: Vec<SourceRow> = Vec::with_capacity(CHUNK_ROWS);
        let mut places: HashMap<i64, Spot> = HashMap::with_capacity(CHUNK_ROWS);
        let mut counter = Counter::default();
        let mut finish = |chunk: &mut Vec<SourceRow>, places: &mut HashMap<i64, Spot>| {
            let ids = self.survey.strays(chunk);
            let strays: Vec<(SourceRow, Spot)> = ids.iter().filter_map(|id| apart.remove(&id.0)).collect();
            places.extend(strays.iter().map(|(row, spot)| (row.id.0, *spot)));
            let strays: Vec<SourceRow> = strays.into_iter().map(|(row, _)| row).collect();
            let placed = mapper.apply(chunk, &strays);
            each(Chunk { mapper: &mapper, rows: chunk, places, placed });
            chunk.clear();
            places.clear();
        };
        self.rows(|row| {
            places.insert(row.id.0, counter.spot(&row));
            chunk.push(row);
            if chunk.len() == CHUNK_ROWS {
                finish(&mut chunk, &mut places);
            }
        })?;
        finish(&mut chunk, &mut places);
        Ok(())
    }

    /// Rows that belong to a gift which begins in an earlier chunk than they stand in.
    fn further_rows(&self) -> Result<HashMap<i64, (SourceRow, Spot)>> {
        let further = self.survey.rows_of_earlier_chunks(CHUNK_ROWS);
        let mut apart = HashMap::new();
        if further.is_empty() {
            return Ok(apart);
        }
        let mut counter = Counter::default();
        self.rows(|row| {
            let spot = counter.spot(&row);
            if further.binary_search(&row.id.sequence()).is_ok() {
                apart.insert(row.id.0, (row, spot));
            }
        })?;
        Ok(apart)
    }
}

/// Sheet, row as the spreadsheet shows it, and the place among the gifts of a wide row.
pub type Spot = (u16, u32, u32);

/// What came of some rows of the main file.
pub struct Chunk<'c> {
    /// The mapper.
    pub mapper: &'c Mapper<'c>,
    /// The rows, in order.
    pub rows: &'c [SourceRow],
    /// Where each of them stands, and each row beyond them that belongs to one of their gifts.
    pub places: &'c HashMap<i64, Spot>,
    /// What came of all these.
    pub placed: Vec<Placed>,
}

/// Counts the gifts of wide rows.
#[derive(Default)]
struct Counter(Option<Spot>);

impl Counter {
    fn spot(&mut self, row: &SourceRow) -> Spot {
        let count = match self.0 {
            Some((sheet, number, count)) if (sheet, number) == (row.sheet, row.row_number) => count + 1,
            _ => 0,
        };
        let spot = (row.sheet, row.row_number, count);
        self.0 = Some(spot);
        spot
    }
}

/// The ids of all donors of the migration's donor files; `None` where they exist at the target.
///
/// # Errors
/// As [`Trial::new`].
pub fn known_donors(
    folder: &Folder,
    settings: &Settings,
    mappings: &[Mapping],
) -> Result<Option<DonorIndex>> {
    let donors: Vec<&Mapping> = mappings.iter().filter(|m| m.record() == RecordKind::Donor).collect();
    if settings.donors == Donors::AtTarget || donors.is_empty() {
        return Ok(None);
    }
    let mut ids: Vec<String> = Vec::new();
    for mapping in donors {
        let trial = Trial::new(folder, settings, mapping, None)?;
        trial.run(|chunk| {
            for placed in &chunk.placed {
                let counts = matches!(placed.place, Place::Donor(_) | Place::Held { .. });
                let row = chunk.rows.binary_search_by_key(&placed.row, |r| r.id).ok().filter(|_| counts);
                ids.extend(row.and_then(|row| chunk.mapper.donor_id(&chunk.rows[row])));
            }
        })?;
    }
    Ok(Some(DonorIndex::new(ids.into_iter())))
}

fn survey_of(mapping: &Mapping, path: &Path, part: Part, each: &mut dyn FnMut(&SourceRow)) -> Result<Survey> {
    let spec = spec_of(mapping, part);
    let file = SourceFile::open_by(path, &read_as(spec), &apart::workbooks())?;
    let sheets: Vec<Option<Arc<str>>> =
        file.sheets().iter().map(|s| s.name.as_deref().map(Arc::from)).collect();
    drop(file);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut surveyor = Surveyor::new(mapping, &Arc::from(name.as_str()), &sheets, part);
    rows(mapping, path, part, &mut |row| {
        each(&row);
        surveyor.add(std::slice::from_ref(&row));
    })?;
    surveyor.finish().map_err(Failure::Survey)
}

fn rows(mapping: &Mapping, path: &Path, part: Part, each: &mut dyn FnMut(SourceRow)) -> Result<()> {
    let file = SourceFile::open_by(path, &read_as(spec_of(mapping, part)), &apart::workbooks())?;
    let id = match part {
        Part::Main => FileId(1),
        Part::Companion(index) => FileId(index as u32 + 2),
    };
    let mut masker = Masker::new(mapping, part);
    let mut unfolder = Unfolder::new(mapping, part);
    let mut out = Vec::new();
    for row in file.rows(id) {
        unfolder.unfold(masker.mask(row?), &mut out);
        out.drain(..).for_each(&mut *each);
    }
    Ok(())
}

fn spec_of(mapping: &Mapping, part: Part) -> &heirloom_mapping::FileSpec {
    match part {
        Part::Main => mapping.main(),
        Part::Companion(index) => &mapping.companions()[index].file,
    }
}
