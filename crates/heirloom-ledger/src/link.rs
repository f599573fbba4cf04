//! The stage *link*: phases, clusters, compared pairs.

use heirloom_model::RowId;
use rusqlite::{OptionalExtension, Row, params};

use crate::codec::{pack, unpack};
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::load::all;
use crate::read::already;
use crate::{Cluster, Ledger, Pair, Verdict};

impl Ledger {
    /// What a phase (`block`, `score`) of linking left, if it is done.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn link_phase(&self, recipe: i64, phase: &str) -> Result<Option<Vec<u8>>> {
        let (name, damaged) = (phase.to_owned(), phase.to_owned());
        let found = self.look("read a phase of linking", move |desk| {
            let sql = "SELECT body FROM link_phase WHERE recipe_id = ?1 AND phase = ?2 ORDER BY phase";
            let found = desk.conn.query_row(sql, params![recipe, name], |r| r.get::<_, Vec<u8>>(0));
            Ok(found.optional()?)
        })?;
        let what = || LedgerError::damaged(format!("the phase {damaged} of linking"));
        found.map(|body| unpack(&body).ok_or_else(what)).transpose()
    }

    /// Keeps what a phase left.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyDone`] if the phase is done.
    pub fn save_link_phase(&self, recipe: i64, phase: &str, bytes: &[u8]) -> Result<()> {
        let (phase, body) = (phase.to_owned(), pack(bytes));
        self.commit("save a phase of linking", move |desk| {
            let added = desk.conn.execute(
                "INSERT INTO link_phase (recipe_id, phase, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![recipe, phase, body],
            )?;
            if added == 0 {
                return Err(already(format!("the phase {phase} of linking")));
            }
            Ok(())
        })
    }

    /// Saves the finished link, whole. Clusters of donors that were sent stay as they were.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyDone`] if there is a finished link: `redo` it first.
    pub fn save_clusters(&self, recipe: i64, clusters: &[Cluster], pairs: &[Pair]) -> Result<()> {
        let (clusters, pairs) = (clusters.to_vec(), pairs.to_vec());
        self.commit("save the clusters", move |desk| {
            if linked(desk)?.is_some() {
                return Err(already("the clusters".to_owned()));
            }
            insert_clusters(desk, &clusters)?;
            insert_pairs(desk, &pairs)?;
            desk.conn.execute("INSERT INTO link_end (one, recipe_id) VALUES (1, ?1)", [recipe])?;
            Ok(())
        })
    }

    /// The recipe of the finished link.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn linked(&self) -> Result<Option<i64>> {
        self.look("look for the link", |desk| linked(desk))
    }

    /// All clusters, by row.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn clusters(&self) -> Result<Vec<Cluster>> {
        self.look("list the clusters", |desk| {
            let sql = "SELECT row_id, person, contact, survivor FROM cluster ORDER BY row_id";
            all(desk, sql, [], cluster)
        })
    }

    /// Where one donor row belongs.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn cluster_of_row(&self, row: RowId) -> Result<Option<Cluster>> {
        self.look("look for a cluster", move |desk| {
            let sql = "SELECT row_id, person, contact, survivor FROM cluster
                WHERE row_id = ?1 ORDER BY row_id";
            Ok(all(desk, sql, [row.0], cluster)?.pop())
        })
    }

    /// Compared pairs, by their rows; all, or those with one verdict.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn pairs(&self, verdict: Option<Verdict>) -> Result<Vec<Pair>> {
        self.look("list the pairs", move |desk| {
            let sql = "SELECT a, b, verdict, probability_ppm, reasons FROM pair
                WHERE ?1 IS NULL OR verdict = ?1 ORDER BY a, b";
            let raws: Vec<(String, Pair)> = all(desk, sql, [verdict.map(Verdict::as_str)], pair)?;
            let pairs = raws.into_iter().map(|(verdict, pair)| {
                let verdict = Verdict::parse(&verdict);
                let verdict = verdict.ok_or_else(|| LedgerError::damaged("a verdict"))?;
                Ok(Pair { verdict, ..pair })
            });
            pairs.collect()
        })
    }
}

fn linked(desk: &Desk<'_>) -> Result<Option<i64>> {
    let found = desk.conn.query_row("SELECT recipe_id FROM link_end ORDER BY one", [], |r| r.get(0));
    Ok(found.optional()?)
}

fn cluster(row: &Row<'_>) -> rusqlite::Result<Cluster> {
    Ok(Cluster {
        row: RowId(row.get(0)?),
        person: RowId(row.get(1)?),
        contact: RowId(row.get(2)?),
        survivor: row.get(3)?,
    })
}

fn pair(row: &Row<'_>) -> rusqlite::Result<(String, Pair)> {
    let pair = Pair {
        a: RowId(row.get(0)?),
        b: RowId(row.get(1)?),
        verdict: Verdict::Review,
        probability_ppm: row.get(3)?,
        reasons: row.get(4)?,
    };
    Ok((row.get(2)?, pair))
}

fn insert_clusters(desk: &Desk<'_>, clusters: &[Cluster]) -> Result<()> {
    let mut statement = desk.conn.prepare_cached(
        "INSERT INTO cluster (row_id, person, contact, survivor) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (row_id) DO NOTHING",
    )?;
    for c in clusters {
        statement.execute(params![c.row.0, c.person.0, c.contact.0, c.survivor])?;
    }
    Ok(())
}

fn insert_pairs(desk: &Desk<'_>, pairs: &[Pair]) -> Result<()> {
    let mut statement = desk.conn.prepare_cached(
        "INSERT INTO pair (a, b, verdict, probability_ppm, reasons) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for p in pairs {
        statement.execute(params![p.a.0, p.b.0, p.verdict.as_str(), p.probability_ppm, p.reasons])?;
    }
    Ok(())
}
