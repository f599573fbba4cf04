//! What linkage leaves besides clusters: the model it learned, and contacts to be that may exist
//! at the target already.

use heirloom_model::RowId;
use rusqlite::params;

use crate::error::Result;
use crate::load::all;
use crate::{Ledger, MatchDoubt};

impl Ledger {
    /// Forgets a phase kept under a recipe of this stage, whichever recipe it was.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn forget_phase(&self, stage: &str, phase: &str) -> Result<()> {
        let (stage, phase) = (stage.to_owned(), phase.to_owned());
        self.commit("forget a phase of linking", move |desk| {
            desk.conn.execute(
                "DELETE FROM link_phase WHERE phase = ?2
                 AND recipe_id IN (SELECT recipe_id FROM recipe WHERE stage = ?1)",
                params![stage, phase],
            )?;
            Ok(())
        })
    }

    /// Keeps which contacts to be may exist at the target, in place of what was kept before.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn save_doubts(&self, doubts: &[MatchDoubt]) -> Result<()> {
        let doubts = doubts.to_vec();
        self.commit("keep doubtful matches with the target", move |desk| {
            desk.conn.execute("DELETE FROM match_doubt", [])?;
            let mut statement = desk.conn.prepare_cached(
                "INSERT INTO match_doubt (contact, target, probability_ppm, why, reasons)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for d in &doubts {
                statement.execute(params![d.contact.0, d.target, d.probability_ppm, d.why, d.reasons])?;
            }
            Ok(())
        })
    }

    /// Contacts to be that may exist at the target, by cluster and contact.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn doubts(&self) -> Result<Vec<MatchDoubt>> {
        self.look("list the doubtful matches with the target", |desk| {
            let sql = "SELECT contact, target, probability_ppm, why, reasons FROM match_doubt
                ORDER BY contact, target";
            all(desk, sql, [], |r| {
                Ok(MatchDoubt {
                    contact: RowId(r.get(0)?),
                    target: r.get(1)?,
                    probability_ppm: r.get(2)?,
                    why: r.get(3)?,
                    reasons: r.get(4)?,
                })
            })
        })
    }
}
