//! Gifts by their key, page by page: each page is compared, saved as evidence, and forgotten.

use std::collections::{BTreeMap, HashMap};

use heirloom_ledger::{Evidence, ItemLine, Ledger, Reread, Unexpected};
use heirloom_model::{Changed, ItemId, ItemKind, Moment, Money, RowId, Tally, TargetGift};
use heirloom_virtuous::{
    Clock, Difference, NAMED_MAX, PaceTerms, Reader, SentGift, Target, Transport, is_gift_corrected,
};

use super::cells::{Cells, Said};
use super::unseen::count;
use super::{Compared, Differing, Known, Reading, Stranger, minor};
use crate::failure::Result;
use crate::line::Line;
use crate::listen::hinted_gifts;
use crate::migration::Migration;
use crate::progress::Progress;
use crate::stages::submit::pacer;
use crate::stages::there::{failed, follow, merges, target_contacts};

/// Bodies that are opened together: neighbours at the target were mostly neighbours when sealed.
const SPAN: usize = 2000;

/// The sealed gifts on one side, and what the pages have shown of them so far.
pub(super) struct Books {
    known: Known,
    /// Place in `known` by key, whatever its case.
    places: HashMap<String, usize>,
    /// Where each was seen; 0 for not at all.
    seen: Vec<i64>,
    differs: BTreeMap<usize, Vec<Difference>>,
    merged: HashMap<i64, i64>,
    unexpected: Vec<Stranger>,
    cells: Cells,
    /// What was corrected here after it was sent, and whether it was found so.
    rereads: HashMap<RowId, Reread>,
    looked_at: BTreeMap<RowId, bool>,
    corrected: Tally,
    /// Gifts that were looked at first, since a webhook spoke of them.
    pub(super) first: u64,
}

impl Books {
    pub(super) fn open(migration: &Migration) -> Result<Books> {
        let known = Known::of(&migration.ledger, ItemKind::Gift)?;
        let places = known.lines.iter().enumerate().map(|(at, line)| (line.key.to_lowercase(), at)).collect();
        Ok(Books {
            seen: vec![0; known.lines.len()],
            known,
            places,
            differs: BTreeMap::new(),
            merged: HashMap::new(),
            unexpected: Vec::new(),
            cells: Cells::default(),
            rereads: migration.ledger.rereads()?.into_iter().map(|one| (one.row, one)).collect(),
            looked_at: BTreeMap::new(),
            corrected: Tally::default(),
            first: 0,
        })
    }

    /// Reads every page of our gifts; what was read counts even if a later page fails.
    pub(super) fn read<T: Transport, C: Clock>(
        &mut self,
        migration: &Migration,
        line: &mut Line<T, C>,
        target: &Target,
        pace: PaceTerms,
        progress: Progress,
    ) -> Result<()> {
        let ledger = &migration.ledger;
        self.merged = merges(&target_contacts(ledger)?);
        let begun = line.clock.now();
        let mut pacer = pacer(ledger, pace, line.clock.now())?;
        let bar = progress.count("read gifts back");
        let hinted = self.hinted(migration)?;
        if !hinted.is_empty() {
            // What a webhook spoke of comes first: should a later page fail, it is known all the same.
            let mut reader = Reader::new(&mut line.transport, target, &mut pacer, &mut line.clock);
            let page = reader.gifts_named(&migration.settings.source, &hinted).map_err(failed)?;
            self.first = page.len() as u64;
            self.page(ledger, &page, line.clock.now())?;
        }
        let mut after = 0;
        loop {
            let mut reader = Reader::new(&mut line.transport, target, &mut pacer, &mut line.clock);
            let (page, more) = reader.gifts_page(&migration.settings.source, after).map_err(failed)?;
            bar.add(page.len() as u64);
            after = page.iter().map(|g| g.id).max().unwrap_or(after);
            self.page(ledger, &page, line.clock.now())?;
            if !more {
                // Only a whole reading says that a stranger is gone.
                ledger.forget_unexpected(ItemKind::Gift, begun)?;
                return Ok(());
            }
        }
    }

    /// Keys of our gifts that webhooks spoke of since the last whole comparison.
    fn hinted(&self, migration: &Migration) -> Result<Vec<String>> {
        let facts = migration.ledger.target_facts()?;
        let since = facts.iter().find(|(name, _, _)| name == super::RECONCILED_FACT);
        let since = since.map(|(_, at, _)| at.as_str()).unwrap_or_default();
        let mut keys = hinted_gifts(migration.folder.work(), since, NAMED_MAX);
        keys.retain(|key| self.places.contains_key(&key.to_lowercase()));
        Ok(keys)
    }

    /// Compares one page and saves what it shows.
    fn page(&mut self, ledger: &Ledger, page: &[TargetGift], now: Moment) -> Result<()> {
        let mut ours: Vec<(usize, &TargetGift)> = Vec::with_capacity(page.len());
        let mut strangers = Vec::new();
        for gift in page {
            match self.places.get(&gift.key.to_lowercase()) {
                // It was among the first, and is not there twice.
                Some(at) if self.seen[*at] == gift.id => {}
                Some(at) => ours.push((*at, gift)),
                None => {
                    self.cells.unexpected(&said_there(gift));
                    let (key, amount) = (gift.key.clone(), gift.amount);
                    self.unexpected.push(Stranger { key, target: gift.id, amount });
                    let (kind, key) = (ItemKind::Gift, gift.key.clone());
                    strangers.push(Unexpected { kind, key, target: gift.id, at: now });
                }
            }
        }
        ours.sort_by_key(|(at, gift)| (*at, gift.id));
        let mut evidence = Vec::with_capacity(ours.len());
        let items: Vec<usize> = ours.iter().map(|(at, _)| *at).collect();
        let sent = open_bodies(ledger, &self.known.lines, &items)?;
        for (at, gift) in ours {
            let item = self.known.lines[at].item;
            let differs = self.compare(at, gift, sent.get(&item));
            evidence.push(Evidence { item, target: gift.id, differs, at: now });
        }
        ledger.save_evidence(&evidence)?;
        ledger.save_unexpected(&strangers)?;
        Ok(())
    }

    /// Compares one gift; gives what differs, in words.
    fn compare(&mut self, at: usize, gift: &TargetGift, sent: Option<&SentGift>) -> Vec<String> {
        self.cells.there(&said_there(gift));
        let earlier = std::mem::replace(&mut self.seen[at], gift.id);
        let now = self.as_it_reads_now(at, gift);
        let mut fields = Vec::new();
        if earlier > 0 {
            let found = format!("as {earlier} and {}", gift.id);
            fields.push(Difference { field: "copies", sent: "once".into(), found });
        } else if let Some(sent) = sent {
            let meant = now.as_ref().map_or_else(|| sent.clone(), |now| now.over(sent));
            self.cells.sealed(&said_here(&meant), None);
            self.corrected.minor += minor(meant.amount) - minor(sent.amount);
        }
        if let Some(sent) = sent {
            fields.extend(sent.differences(gift));
            let meant = sent.contact.map(|id| follow(&self.merged, id));
            if meant.is_some_and(|id| id != follow(&self.merged, gift.contact_id)) {
                let text = |id: Option<i64>| id.map_or_else(String::new, |id| format!("contact {id}"));
                let (sent, found) = (text(meant), text(Some(gift.contact_id)));
                fields.push(Difference { field: "contact", sent, found });
            }
            fields.extend(self.credited(sent, gift));
        }
        // What a person changed there to what it reads as here is as it should be.
        let before = fields.len();
        fields.retain(|d| now.as_ref().is_none_or(|now| !now.explains(d)));
        self.corrected.rows += u64::from(fields.is_empty() && before > 0);
        let texts = fields.iter().map(ToString::to_string).collect();
        if !fields.is_empty() {
            self.differs.entry(at).or_default().extend(fields);
        }
        texts
    }

    /// What a gift reads as here now, if it was corrected after it was sent; whether it is there so is kept.
    fn as_it_reads_now(&mut self, at: usize, gift: &TargetGift) -> Option<Now> {
        let reread = self.rereads.get(&self.known.lines[at].row)?;
        let body = reread.body.as_ref()?;
        if let Some(is_so) = is_gift_corrected(body, &reread.fields, gift) {
            self.looked_at.insert(reread.row, is_so);
        }
        let now = SentGift::open(body)?;
        let differs = now.differences(gift).into_iter().map(|d| d.field).collect();
        Some(Now { gift: now, differs, changed: reread.fields.clone(), is_said: reread.is_said })
    }

    /// Who is credited besides, merges followed; parts are compared where both sides say some.
    fn credited(&self, sent: &SentGift, gift: &TargetGift) -> Option<Difference> {
        let followed = |all: &[(i64, Option<Money>)]| -> BTreeMap<i64, Option<Money>> {
            all.iter().map(|(id, part)| (follow(&self.merged, *id), *part)).collect()
        };
        let (here, there) = (followed(&sent.credited), followed(gift.passthroughs.as_ref()?));
        let same = here.len() == there.len()
            && here.iter().zip(&there).all(|((a, own), (b, theirs))| {
                a == b && own.zip(*theirs).is_none_or(|(own, theirs)| own == theirs)
            });
        let text = |all: &BTreeMap<i64, Option<Money>>| -> String {
            let each = all.iter().map(|(id, part)| match part {
                Some(part) => format!("contact {id} {part}"),
                None => format!("contact {id}"),
            });
            let text = each.collect::<Vec<_>>().join(" and ");
            if text.is_empty() { "nobody".to_owned() } else { text }
        };
        (!same).then(|| Difference { field: "credited besides", sent: text(&here), found: text(&there) })
    }

    /// Sums up: what the pages did not show is waiting, missing, or not checked.
    pub(super) fn close(self, ledger: &Ledger, reading: Reading, now: Moment) -> Result<(Compared, Cells)> {
        let Books { known, seen, differs, unexpected, mut cells, corrected, looked_at, .. } = self;
        ledger.reread_seen(&looked_at, now)?;
        let items = known.lines.len() as u64;
        let mut compared = Compared { items, unexpected, corrected, ..Compared::default() };
        let unseen: Vec<usize> = (0..seen.len()).filter(|at| seen[*at] == 0).collect();
        for (at, line) in known.lines.iter().enumerate().filter(|(at, _)| seen[*at] > 0) {
            if !differs.contains_key(&at) {
                compared.agree.0 += 1;
                compared.agree.1 += minor(line.amount);
            }
        }
        for (at, fields) in differs {
            let key = known.lines[at].key.clone();
            compared.differs.push(Differing { key, target: seen[at], fields });
        }
        for page in unseen.chunks(SPAN) {
            let sent = open_bodies(ledger, &known.lines, page)?;
            let mut evidence = Vec::new();
            for at in page {
                let line = &known.lines[*at];
                let (how, missing) = count(&known, line, reading, now, &mut compared);
                evidence.extend(missing);
                if let Some(sent) = sent.get(&line.item) {
                    cells.sealed(&said_here(sent), Some(how));
                }
            }
            ledger.save_evidence(&evidence)?;
        }
        Ok((compared, cells))
    }
}

/// What a gift that was sent reads as now, held against what is there.
struct Now {
    gift: SentGift,
    /// Fields in which that is not what is there.
    differs: Vec<&'static str>,
    changed: Vec<Changed>,
    /// Whether somebody said that it was changed there.
    is_said: bool,
}

impl Now {
    fn has_changed(&self, field: &str) -> bool {
        self.changed.iter().any(|one| one.field == field)
    }

    /// Whether a field changed here, and is there as it reads now.
    fn is_there(&self, field: &str) -> bool {
        self.has_changed(field) && !self.differs.contains(&field)
    }

    /// Whether a difference is no more than what was corrected: seen to be, or, of whom it is about, said.
    fn explains(&self, difference: &Difference) -> bool {
        match difference.field {
            "contact" => self.is_said && self.has_changed("donor"),
            "credited besides" => self.is_said && self.has_changed("credited besides"),
            "custom field" => {
                let custom = self.changed.iter().any(|one| one.field.starts_with("custom field"));
                custom && !self.differs.contains(&"custom field")
            }
            field => self.is_there(field),
        }
    }

    /// What was sent, with what is there as it reads now.
    fn over(&self, sent: &SentGift) -> SentGift {
        let mut meant = sent.clone();
        if self.is_there("amount") {
            meant.amount = self.gift.amount;
        }
        if self.is_there("date") {
            meant.date = self.gift.date;
        }
        if self.is_there("type") {
            meant.gift_type.clone_from(&self.gift.gift_type);
        }
        if self.is_there("designations") {
            meant.designations.clone_from(&self.gift.designations);
        }
        meant
    }
}

/// The sealed bodies of some items, given in order, opened; neighbours are read together.
fn open_bodies(ledger: &Ledger, lines: &[ItemLine], items: &[usize]) -> Result<HashMap<ItemId, SentGift>> {
    let mut opened = HashMap::with_capacity(items.len());
    let near = |a: &usize, b: &usize| {
        let (a, b) = (&lines[*a], &lines[*b]);
        a.plan == b.plan && b.item.0 - a.item.0 < 50
    };
    for run in items.chunk_by(near) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let span = &lines[*first..=*last];
        for (line, sealed) in span.iter().zip(ledger.bodies(lines[*first].item, lines[*last].item)?) {
            opened.extend(SentGift::open(&sealed.body).map(|sent| (line.item, sent)));
        }
    }
    Ok(opened)
}

fn said_here(sent: &SentGift) -> Said<'_> {
    Said { date: sent.date, gift_type: &sent.gift_type, designations: &sent.designations }
}

fn said_there(gift: &TargetGift) -> Said<'_> {
    Said { date: gift.date, gift_type: &gift.gift_type, designations: &gift.designations }
}
