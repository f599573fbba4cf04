//! Editions: a newer file after something of an earlier one was sent. What was sent stays as it was sent; a row
//! of the newer edition that has its key stands for it, is worth nothing by itself, and what it says otherwise
//! is a list for a person.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::{Reread, Twin};
use heirloom_mapping::{Naming, RecordKind, Survey};
use heirloom_model::{Digest, FileId, GiftIdentity, Hasher, Place, Placed, RowId, SourceRow};

use super::job::Job;
use super::reread::{missing_now, reread};
use super::surveys::Earlier;
use crate::failure::{Failure, Result};
use heirloom_report::words;

/// The earlier editions of a mapping's main file, and how the rows of the newer one are told apart.
pub(super) struct Editions {
    pub(super) earlier: Vec<Earlier>,
    /// Places of twins that the newer edition has, among those that were sent.
    ordinals: BTreeMap<RowId, u32>,
    /// Gifts that are equal in every identity column, over all editions.
    twins: Twins,
}

/// So many that were sent may a newer file lack, whatever share of all it is.
const FEW: u64 = 10;

/// What mapping made of rows, once what stands for something that was sent is known.
pub(super) struct Paired {
    pub(super) placed: Vec<Placed>,
    pub(super) rereads: Vec<Reread>,
    /// The same, of rows that are neither gift nor donor: they count where nothing else stands for it.
    pub(super) namesakes: Vec<Reread>,
}

/// A gift of the newer edition that is the same as others in every identity column.
struct Member {
    row: RowId,
    digest: Digest,
}

#[derive(Default)]
struct Twins {
    /// By the key's part before the ordinal.
    known: BTreeMap<String, Vec<Twin>>,
    /// All that the rows say that were sent.
    sent: BTreeMap<RowId, Digest>,
    /// Rows of the newer edition that were sent themselves.
    kept: BTreeSet<RowId>,
}

impl Editions {
    /// Nothing, where nothing of an earlier edition was sent.
    pub(super) fn of(job: &Job<'_>, survey: &Survey, earlier: Vec<Earlier>) -> Result<Option<Editions>> {
        if earlier.is_empty() {
            return Ok(None);
        }
        let mut editions = Editions { earlier, ordinals: BTreeMap::new(), twins: Twins::default() };
        let naming = Naming::new(job.mapping, survey);
        if job.mapping.derives_ids() {
            editions.tell_twins_apart(job, &naming)?;
        }
        Ok(Some(editions))
    }

    fn tell_twins_apart(&mut self, job: &Job<'_>, naming: &Naming<'_>) -> Result<()> {
        let ledger = &job.migration.ledger;
        let rows: Vec<RowId> = naming.twins().map(|sequence| RowId::new(job.main.id, sequence)).collect();
        let mut groups: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for row in job.corrected(ledger.rows_by_id(&rows)?) {
            if let Some(base) = naming.of(&row).as_ref().and_then(base_of) {
                groups.entry(base).or_default().push(Member { row: row.id, digest: all_of(&row) });
            }
        }
        let mut known = ledger.twins(groups.keys().cloned().collect())?;
        let editions: BTreeSet<FileId> = self.files().into_iter().chain([job.main.id]).collect();
        known.values_mut().for_each(|twins| twins.retain(|twin| editions.contains(&twin.row.file())));
        let sent: Vec<RowId> = known.values().flatten().filter(|t| t.is_sent).map(|t| t.row).collect();
        let sent = ledger.rows_by_id(&sent)?;
        self.twins = Twins {
            known,
            sent: sent.iter().map(|row| (row.id, all_of(row))).collect(),
            kept: ledger.kept_rows(job.main.id)?,
        };
        for (base, members) in &groups {
            self.ordinals.extend(self.twins.places(base, members, job.main.id));
        }
        Ok(())
    }

    pub(super) fn files(&self) -> Vec<FileId> {
        self.earlier.iter().map(|one| one.facts.id).collect()
    }

    /// Gives an identity the place among its twins that it has over all editions.
    fn numbered(&self, identity: GiftIdentity, row: RowId, cells: Option<&SourceRow>) -> GiftIdentity {
        let GiftIdentity::Derived { digest, ordinal } = identity else { return identity };
        let alone = || {
            let base = base_of(&GiftIdentity::Derived { digest: digest.clone(), ordinal: 1 })?;
            let member = Member { row, digest: all_of(cells?) };
            self.twins.known.contains_key(&base).then(|| {
                self.twins.places(&base, &[member], row.file()).first().map_or(ordinal, |(_, place)| *place)
            })
        };
        let ordinal = self.ordinals.get(&row).copied().or_else(alone).unwrap_or(ordinal);
        GiftIdentity::Derived { digest, ordinal }
    }

    /// Pairs rows with what was sent of earlier editions.
    pub(super) fn pair(
        &self,
        job: &Job<'_>,
        survey: &Survey,
        rows: &BTreeMap<RowId, &SourceRow>,
        mut placed: Vec<Placed>,
    ) -> Result<Paired> {
        let naming = Naming::new(job.mapping, survey);
        let mut names: BTreeMap<RowId, String> = BTreeMap::new();
        for one in &mut placed {
            let cells = rows.get(&one.row).copied();
            let name = match &mut one.place {
                Place::Gift(gift) => {
                    gift.identity = self.numbered(gift.identity.clone(), one.row, cells);
                    Some(gift.identity.clone())
                }
                Place::Donor(donor) => Some(GiftIdentity::Legacy(donor.legacy_id.clone())),
                Place::Held { .. } | Place::Excluded { .. } => cells
                    .and_then(|row| naming.of(row))
                    .map(|identity| self.numbered(identity, one.row, cells)),
                Place::Part { .. } | Place::Repeat { .. } => None,
            };
            names.extend(name.map(|name| (one.row, name.to_key())));
        }
        let ledger = &job.migration.ledger;
        let is_gift = job.mapping.record() == RecordKind::Gift;
        let sent = ledger.sent_under(is_gift, &self.files(), names.values().cloned().collect())?;
        let places = ledger.places(sent.values().copied().collect())?;
        let of = |row: &RowId| names.get(row).and_then(|name| sent.get(name)).copied();
        let mut paired =
            Paired { placed: Vec::with_capacity(placed.len()), rereads: Vec::new(), namesakes: Vec::new() };
        let mut heads: BTreeMap<RowId, RowId> = BTreeMap::new();
        for one in &placed {
            let Some((row, place)) = of(&one.row).and_then(|row| Some((row, places.get(&row)?))) else {
                continue;
            };
            let now = as_if_of(&one.place, row);
            let otherwise = if *place == now { None } else { reread(job.migration, row, place, &now) };
            if matches!(now, Place::Gift(_) | Place::Donor(_)) {
                heads.insert(one.row, row);
                paired.rereads.extend(otherwise);
            } else {
                paired.namesakes.extend(otherwise);
            }
        }
        for one in placed {
            let head = match &one.place {
                Place::Part { of, .. } | Place::Repeat { of } => of,
                _ => &one.row,
            };
            // What is to be noticed of it was told with what was sent.
            paired.placed.push(match heads.get(head) {
                Some(&of) => Placed { place: Place::Repeat { of }, findings: Vec::new(), ..one },
                None => one,
            });
        }
        Ok(paired)
    }
}

impl Twins {
    /// The places of gifts that are equal: rows that say the same in every cell as one that was sent are that
    /// one, then each in the order of the file; a place is never used again.
    fn places(&self, base: &str, members: &[Member], main: FileId) -> Vec<(RowId, u32)> {
        let known: &[Twin] = self.known.get(base).map_or(&[], Vec::as_slice);
        let own: BTreeMap<RowId, u32> =
            known.iter().filter(|t| t.row.file() == main).map(|t| (t.row, t.ordinal)).collect();
        let mut sent: Vec<&Twin> = known.iter().filter(|t| t.is_sent && t.row.file() != main).collect();
        let taken: BTreeSet<u32> =
            known.iter().filter(|t| t.is_sent || t.row.file() == main).map(|t| t.ordinal).collect();
        let mut places = Vec::with_capacity(members.len());
        let mut open: Vec<&Member> = members.iter().filter(|m| !self.kept.contains(&m.row)).collect();
        open.retain(|member| {
            let equal = sent.iter().position(|twin| self.sent.get(&twin.row) == Some(&member.digest));
            places.extend(equal.map(|at| (member.row, sent.remove(at).ordinal)));
            equal.is_none()
        });
        let in_order = open.len().min(sent.len());
        let kept = members.iter().filter(|member| self.kept.contains(&member.row));
        places.extend(kept.filter_map(|member| Some((member.row, *own.get(&member.row)?))));
        places.extend(open.drain(..in_order).zip(sent).map(|(member, twin)| (member.row, twin.ordinal)));
        let mut free = (1..).filter(|ordinal| !taken.contains(ordinal));
        for member in open {
            places.extend(
                own.get(&member.row).copied().or_else(|| free.next()).map(|place| (member.row, place)),
            );
        }
        places
    }
}

impl Job<'_> {
    /// Makes ready to map a newer edition.
    ///
    /// # Errors
    /// [`Failure::Usage`] if a row was sent under another key than it would have now.
    pub(super) fn follow_on(&self, editions: Option<&Editions>) -> Result<()> {
        let Some(editions) = editions else { return Ok(()) };
        self.check_names(editions)?;
        let is_donor = self.mapping.record() == RecordKind::Donor;
        for Earlier { facts, survey } in &editions.earlier {
            self.migration.ledger.note_superseded(facts.id, survey.data_rows(), is_donor)?;
        }
        Ok(())
    }

    /// What was sent must have the names that the mapping of today gives it: under others all of it would go
    /// a second time.
    fn check_names(&self, editions: &Editions) -> Result<()> {
        let ledger = &self.migration.ledger;
        let is_gift = self.mapping.record() == RecordKind::Gift;
        for Earlier { facts, survey } in &editions.earlier {
            let naming = Naming::new(self.mapping, survey);
            let kept = ledger.kept_rows(facts.id)?;
            for chunk in 0..ledger.chunks_read(facts.id)? {
                let rows = ledger.rows(facts.id, chunk)?;
                let (Some(first), Some(last)) = (rows.first(), rows.last()) else { continue };
                let keys = ledger.keys_between(is_gift, first.id, last.id)?;
                let rows = rows.into_iter().filter(|row| kept.contains(&row.id));
                for row in self.corrected(rows.collect()) {
                    let Some(key) = keys.get(&row.id) else { continue };
                    let name = naming.of(&row);
                    if !name.as_ref().is_some_and(|name| is_named(name, key)) {
                        return Err(self.named_otherwise(row.id, key, name.as_ref()));
                    }
                }
            }
        }
        Ok(())
    }

    fn named_otherwise(&self, row: RowId, key: &str, name: Option<&GiftIdentity>) -> Failure {
        let now = name.map_or("nothing".to_owned(), GiftIdentity::to_key);
        let place = self.migration.name_row(row);
        Failure::usage(
            format!(
                "{place} of the earlier edition was sent as {key}, and {} now calls it {now}: all that was sent \
                 would go a second time",
                self.mapping.name()
            ),
            "put the id in the mapping back as it was; if its column has another name now, give both names",
        )
    }

    /// Lists what was sent and is not in the newer edition.
    ///
    /// # Errors
    /// [`Failure::Usage`] if that is most of it: it is another file, or its rows have other ids.
    pub(super) fn note_missing(&self, editions: Option<&Editions>) -> Result<()> {
        let Some(editions) = editions else { return Ok(()) };
        let ledger = &self.migration.ledger;
        let earlier = editions.files();
        let mut missing = ledger.unpaired(&earlier, self.main.id, self.mapping.derives_ids())?;
        if ledger.is_partial(&self.main.role)? {
            missing.retain(|_, alike| alike.is_some());
        } else {
            let (sent, few) =
                (ledger.sent_of(&[earlier, vec![self.main.id]].concat())?, missing.len() as u64);
            if few >= FEW && few * 2 > sent {
                return Err(self.knows_few(sent, few));
            }
        }
        let mut rereads = Vec::with_capacity(missing.len());
        for (row, place) in ledger.places(missing.keys().copied().collect())? {
            rereads.push(missing_now(row, &place, missing.get(&row).copied().flatten()));
        }
        Ok(ledger.note_rereads(rereads)?)
    }

    fn knows_few(&self, sent: u64, missing: u64) -> Failure {
        Failure::usage(
            format!(
                "{} lacks {} of the {} that were sent before: it is another file, or its rows \
                 have other ids, and then all of it would go a second time",
                self.main.name,
                words::number(missing),
                words::count(sent, "row"),
            ),
            "put the whole file there, or the id in the mapping back as it was, then  heirloom redo read. If it is \
             meant to hold only what is new or changed: put the older one back,  heirloom redo read  and  heirloom \
             check , put it there again, and  heirloom redo read --partial",
        )
    }
}

/// Whether a key was made of a name; the ordinal of a derived one depends on the file.
fn is_named(name: &GiftIdentity, key: &str) -> bool {
    match base_of(name) {
        None => name.to_key() == key,
        Some(base) => key.rsplit_once('-').is_some_and(|(before, _)| before == base),
    }
}

/// A derived key without its ordinal.
fn base_of(identity: &GiftIdentity) -> Option<String> {
    match identity {
        GiftIdentity::Legacy(_) => None,
        GiftIdentity::Derived { .. } => Some(identity.to_key().rsplit_once('-')?.0.to_owned()),
    }
}

/// A digest of all that a row says, wherever its file ends it.
fn all_of(row: &SourceRow) -> Digest {
    let mut cells: Vec<&str> = row.cells().map(|cell| cell.text.trim()).collect();
    while cells.last().is_some_and(|text| text.is_empty()) {
        cells.pop();
    }
    let mut hasher = Hasher::new();
    cells.iter().for_each(|text| {
        hasher.field(text.as_bytes());
    });
    hasher.finish()
}

/// A place as it would be if the earlier row said it.
fn as_if_of(place: &Place, row: RowId) -> Place {
    let mut place = place.clone();
    match &mut place {
        Place::Gift(gift) => gift.row = row,
        Place::Donor(donor) => donor.row = row,
        _ => {}
    }
    place
}
