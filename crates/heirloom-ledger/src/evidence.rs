//! What was seen at the target: our items, and records that we never sealed.

use heirloom_model::{ItemId, ItemKind, Moment};
use rusqlite::params;

use crate::codec::{Reader, Writer};
use crate::error::{LedgerError, Result};
use crate::load::all;
use crate::plan_end::parse_kind;
use crate::{Evidence, EvidenceOf, Ledger, Unexpected};

impl Ledger {
    /// Keeps that items were seen at the target, in place of older evidence of the same items.
    ///
    /// # Errors
    /// If one of the items is not there.
    pub fn save_evidence(&self, evidence: &[Evidence]) -> Result<()> {
        let evidence = evidence.to_vec();
        self.commit("keep evidence", move |desk| {
            let mut statement = desk.conn.prepare_cached(
                "INSERT INTO evidence (item_id, target, differs, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (item_id) DO UPDATE SET target = excluded.target,
                    differs = excluded.differs, at = excluded.at",
            )?;
            for e in &evidence {
                let mut differs = Writer::default();
                differs.list(e.differs.iter(), |w, text| w.text(text));
                statement.execute(params![e.item.0, e.target, differs.0, e.at.0])?;
            }
            Ok(())
        })
    }

    /// Evidence of a plan's items or of all items of a kind, by item.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn evidence(&self, of: EvidenceOf) -> Result<Vec<Evidence>> {
        let (plan, kind) = match of {
            EvidenceOf::Plan(plan) => (Some(plan.0), None),
            EvidenceOf::Kind(kind) => (None, Some(kind.as_str())),
        };
        self.look("list the evidence", move |desk| {
            let sql = "SELECT e.item_id, e.target, e.differs, e.at FROM evidence e
                JOIN item i ON i.item_id = e.item_id JOIN body b ON b.body_id = i.body_id
                JOIN plan p ON p.plan_id = b.plan_id
                WHERE (?1 IS NULL OR p.plan_id = ?1) AND (?2 IS NULL OR p.kind = ?2) ORDER BY e.item_id";
            let raws: Vec<(i64, i64, Vec<u8>, i64)> =
                all(desk, sql, params![plan, kind], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
            let lines = raws.into_iter().map(|(item, target, differs, at)| {
                let mut r = Reader(&differs);
                let differs = r.list(Reader::text).and_then(|texts| r.end(texts));
                let damaged = || LedgerError::damaged(format!("the evidence of item {item}"));
                Ok(Evidence {
                    item: ItemId(item),
                    target,
                    differs: differs.ok_or_else(damaged)?,
                    at: Moment(at),
                })
            });
            lines.collect()
        })
    }

    /// Keeps records at the target under our source whose key was never sealed here.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn save_unexpected(&self, found: &[Unexpected]) -> Result<()> {
        let found = found.to_vec();
        self.commit("keep unexpected records", move |desk| {
            let mut statement = desk.conn.prepare_cached(
                "INSERT INTO unexpected (kind, target, key, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (kind, target) DO UPDATE SET key = excluded.key, at = excluded.at",
            )?;
            for u in &found {
                statement.execute(params![u.kind.as_str(), u.target, u.key, u.at.0])?;
            }
            Ok(())
        })
    }

    /// Forgets unexpected records of a kind that a whole reading, begun at `before`, no longer showed.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn forget_unexpected(&self, kind: ItemKind, before: Moment) -> Result<()> {
        self.commit("forget unexpected records that are gone", move |desk| {
            let sql = "DELETE FROM unexpected WHERE kind = ?1 AND at < ?2";
            desk.conn.execute(sql, params![kind.as_str(), before.0])?;
            Ok(())
        })
    }

    /// Unexpected records at the target, by kind and id.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn unexpected(&self) -> Result<Vec<Unexpected>> {
        self.look("list unexpected records", |desk| {
            let sql = "SELECT kind, key, target, at FROM unexpected ORDER BY kind, target";
            let raws: Vec<(String, Unexpected)> = all(desk, sql, [], |r| {
                let line = Unexpected {
                    kind: ItemKind::Gift,
                    key: r.get(1)?,
                    target: r.get(2)?,
                    at: Moment(r.get(3)?),
                };
                Ok((r.get(0)?, line))
            })?;
            let lines = raws.into_iter().map(|(kind, line)| {
                let kind = parse_kind(&kind)?;
                Ok(Unexpected { kind, ..line })
            });
            lines.collect()
        })
    }
}
