//! Midnight: what is held becomes imports, one for each source, and every row is matched and sorted into a bucket.

use crate::body::scalar;
use crate::endpoints::segments;
use crate::facts::{Effect, EffectKind, ImportKind, ImportState};
use crate::habits::{Person, Repeats, Ties, Unknown};
use crate::people::FIRST_CONTACT;
use crate::rows::{Bucket, Import, Payload, Row, RowState};
use crate::time;
use crate::world::World;

/// How an import comes to be.
pub(crate) enum Bundle<'n> {
    /// By the night: named after source and day.
    Night,
    /// By a call, under a name.
    Named(&'n str),
    /// By a call, into the unfinished import of that name if there is one.
    Joined(&'n str),
}

impl World {
    /// Bundles everything held into imports, one for each source and kind, and matches the rows.
    pub fn midnight(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        let held = std::mem::take(&mut self.rows.held);
        self.bundle(&held, &Bundle::Night);
        self.publish();
    }

    /// Bundles rows that are no longer in holding.
    pub(crate) fn bundle(&mut self, rows: &[usize], how: &Bundle) {
        let mut fresh: Vec<usize> = Vec::new();
        for at in rows {
            if !self.drops(*at) {
                let import = self.import_for(*at, how, &fresh);
                if !fresh.contains(&import) {
                    fresh.push(import);
                }
                self.rows.imports[import].rows.push(*at);
                let row = &mut self.rows.all[*at];
                (row.state, row.import_id) = (RowState::Bundled, import as i64 + 1);
                self.sort_row(*at, i64::MAX);
            }
        }
        if self.rules.auto_import {
            for import in fresh {
                self.run_as(import, Person::ReadyOnly);
            }
        }
    }

    /// Drops a row that the night recognises as a repeat; the earlier rows of this night are bundled by now.
    fn drops(&mut self, at: usize) -> bool {
        let row = &self.rows.all[at];
        let checked = self.rules.repeats == Repeats::RecognisedAtNight
            && row.kind == ImportKind::Gifts
            && !row.id.is_empty();
        if !checked || !self.rows.knows_gift(&row.source, &row.id, self.rules.repeats_blind, at) {
            return false;
        }
        self.rows.all[at].state = RowState::Dropped;
        self.rows.all[at].payload = Payload::Gone;
        self.note(at, EffectKind::RepeatDropped, None);
        true
    }

    /// The import a row goes into: among those just made, or an unfinished one of the name, or a new one.
    fn import_for(&mut self, at: usize, how: &Bundle, fresh: &[usize]) -> usize {
        let (kind, source) = (self.rows.all[at].kind, self.rows.all[at].source.clone());
        let same = |import: &Import| import.kind == kind && import.source.eq_ignore_ascii_case(&source);
        let imports = &self.rows.imports;
        if let Some(found) = fresh.iter().find(|import| same(&imports[**import])) {
            return *found;
        }
        let open = |import: &Import, name: &str| {
            import.state == ImportState::Bundled && import.name.eq_ignore_ascii_case(name)
        };
        if let Bundle::Joined(name) = how
            && let Some(found) = imports.iter().position(|import| same(import) && open(import, name))
        {
            return found;
        }
        let name = match how {
            Bundle::Named(name) | Bundle::Joined(name) if !name.is_empty() => name.to_string(),
            _ => self.night_name(&source, kind),
        };
        let id = self.rows.imports.len() as i64 + 1;
        self.rows.imports.push(Import {
            id,
            name,
            source,
            kind,
            rows: Vec::new(),
            state: ImportState::Bundled,
        });
        self.rows.imports.len() - 1
    }

    /// `LegacyDP gifts 2026-11-23`: the day that ends at this midnight.
    fn night_name(&self, source: &str, kind: ImportKind) -> String {
        let at_ms = self.now_ms - 1;
        let day = time::day(self.zone(), at_ms);
        let what = if kind == ImportKind::Gifts { "gifts" } else { "contacts" };
        format!("{source} {what} {day}")
    }

    /// Matches a bundled row against the contacts made before `before` and puts it into a bucket.
    pub(crate) fn sort_row(&mut self, at: usize, before: i64) {
        let row = &self.rows.all[at];
        let Some(draft) = row.contact() else { return };
        let found = self.people.find(self.rules.matching, draft, &row.source, before);
        let red = match &row.payload {
            Payload::Gift(gift) => gift.red || !self.named_records_known(at),
            _ => false,
        };
        let suggestion = found.certain.first().copied();
        let tied = found.certain.len() > 1 && self.rules.ties == Ties::Person;
        let drawn = self.draw(at);
        let match_share = u64::from(self.rules.match_needed_percent);
        let bucket = match suggestion {
            _ if drawn < match_share => Bucket::MatchNeeded,
            _ if tied || found.doubtful => Bucket::MatchNeeded,
            None if !self.rules.create_new_contacts => Bucket::MatchNeeded,
            None if red || draft.is_red(&self.rules) => Bucket::UpdateNeeded,
            Some(id) if red || self.people.is_news(id, draft) => Bucket::UpdateNeeded,
            _ if drawn < match_share + u64::from(self.rules.update_needed_percent) => Bucket::UpdateNeeded,
            _ => Bucket::Ready,
        };
        let row = &mut self.rows.all[at];
        (row.bucket, row.suggestion) = (bucket, suggestion);
    }

    /// Whether every designation of a gift row names an active project, and its segment is one (where that is asked).
    fn named_records_known(&self, at: usize) -> bool {
        let Payload::Gift(gift) = &self.rows.all[at].payload else {
            return true;
        };
        let mut parts = gift.designations.iter();
        let segment = gift.extras.get("segment").map(scalar).unwrap_or_default();
        let segment_known = self.rules.unknown_segments != Unknown::Refused
            || segment.is_empty()
            || segments::by_word(self, &segment).is_some();
        segment_known
            && parts.all(|part| {
                self.projects.of(part.project_id, &part.code).is_some_and(|project| project.active)
            })
    }

    /// A number below 100 for a row, from the seed.
    fn draw(&self, at: usize) -> u64 {
        let mixed = (self.rules.seed ^ (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .wrapping_add(0x1234_5678_9abc_def1);
        let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 29)) % 100
    }

    /// Writes an effect of a row into the log.
    pub(crate) fn note(&mut self, at: usize, kind: EffectKind, record_id: Option<i64>) {
        let row = &self.rows.all[at];
        self.log.push(effect_of(row, self.now_ms, kind, record_id));
    }

    /// The id the next contact will get.
    pub(crate) fn next_contact(&self) -> i64 {
        FIRST_CONTACT + self.people.contacts.len() as i64
    }
}

/// An effect of a row.
pub(crate) fn effect_of(row: &Row, at_ms: i64, kind: EffectKind, record_id: Option<i64>) -> Effect {
    Effect {
        at_ms,
        request_no: row.request_no,
        kind,
        source: row.source.clone(),
        id: row.id.clone(),
        amount_minor: row.amount_minor,
        record_id,
        body_digest: row.digest,
    }
}
