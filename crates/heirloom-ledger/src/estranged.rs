//! A ledger that is a copy or a backup: what it does not know of may have been sent.
//! And items that were given up, so that their rows may go again.

use heirloom_model::{ItemId, Moment};
use rusqlite::params;

use crate::error::{LedgerError, Result};
use crate::load::all;
use crate::submit::next_seq;
use crate::withdraw::give_up;
use crate::{Estrangement, Ledger, PlanId};

impl Ledger {
    /// Records that others may have sent what this ledger takes for unsent. The same mark again
    /// changes nothing.
    ///
    /// # Errors
    /// If there is no such plan.
    pub fn estrange(&self, what: &Estrangement) -> Result<()> {
        let what = what.clone();
        self.commit("record that the ledger is a copy", move |desk| {
            let seq = next_seq(desk.conn)?;
            let added = desk.conn.execute(
                "INSERT INTO estranged (seq, mark, everything, why, at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (mark) DO NOTHING",
                params![seq, what.mark, what.plans.is_none(), what.why, what.at.0],
            )?;
            for plan in what.plans.iter().flatten().filter(|_| added == 1) {
                desk.conn.execute(
                    "INSERT INTO estranged_plan (seq, plan_id) VALUES (?1, ?2)",
                    params![seq, plan.0],
                )?;
            }
            Ok(())
        })
    }

    /// Every such moment, oldest first.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn estrangements(&self) -> Result<Vec<Estrangement>> {
        self.look("read whether the ledger is a copy", |desk| {
            let sql = "SELECT seq, mark, everything, why, at FROM estranged ORDER BY seq";
            let raws: Vec<(i64, String, bool, String, i64)> =
                all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?;
            let mut found = Vec::with_capacity(raws.len());
            for (seq, mark, everything, why, at) in raws {
                let sql = "SELECT plan_id FROM estranged_plan WHERE seq = ?1 ORDER BY plan_id";
                let plans: Vec<PlanId> = all(desk, sql, [seq], |r| Ok(PlanId(r.get(0)?)))?;
                let plans = (!everything).then_some(plans);
                found.push(Estrangement { mark, plans, why, at: Moment(at) });
            }
            Ok(found)
        })
    }

    /// Gives up items that were refused or discarded: their rows may go again in a later plan,
    /// under the same keys, and there "already exists" is an alarm.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] if one of them is neither.
    pub fn give_up(&self, items: &[ItemId], initials: &str, note: &str, at: Moment) -> Result<()> {
        let items = items.to_vec();
        let texts = [initials, note].map(str::to_owned);
        self.commit("give items up", move |desk| {
            let [initials, note] = &texts;
            for item in &items {
                if !give_up(desk, *item, initials, note, at)? {
                    let what = format!("send item {} again: it is neither refused nor discarded", item.0);
                    return Err(LedgerError::refused(what));
                }
            }
            Ok(())
        })
    }
}
