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
    /// # Errors
    /// A file that cannot be read.
    pub fn run(&self, mut each: impl FnMut(&Mapper<'_>, &[SourceRow], Vec<Placed>)) -> Result<()> {
        let mapper = self.mapper()?;
        let further = self.survey.further_rows();
        let mut apart: HashMap<i64, SourceRow> = HashMap::new();
        if !further.is_empty() {
            self.rows(|row| {
                if further.binary_search(&row.id.sequence()).is_ok() {
                    apart.insert(row.id.0, row);
                }
            })?;
        }
        let mut chunk: Vec<SourceRow> = Vec::with_capacity(CHUNK_ROWS);
        let mut finish = |chunk: &mut Vec<SourceRow>| {
            let ids = self.survey.strays(chunk);
            let strays: Vec<SourceRow> = ids.iter().filter_map(|id| apart.get(&id.0).cloned()).collect();
            let placed = mapper.apply(chunk, &strays);
            each(&mapper, chunk, placed);
            chunk.clear();
        };
        self.rows(|row| {
            chunk.push(row);
            if chunk.len() == CHUNK_ROWS {
                finish(&mut chunk);
            }
        })?;
        finish(&mut chunk);
        Ok(())
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
        trial.run(|mapper, rows, placed| {
            for placed in placed {
                let counts = matches!(placed.place, Place::Donor(_) | Place::Held { .. });
                let row = rows.binary_search_by_key(&placed.row, |r| r.id).ok().filter(|_| counts);
                ids.extend(row.and_then(|row| mapper.donor_id(&rows[row])));
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
