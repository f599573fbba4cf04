//! One ruling over many items at once: a person speaks of an import, not of its rows one by one.

use heirloom_model::{Digest, Moment, Ruling};
use rusqlite::params;

use crate::Ledger;
use crate::error::Result;
use crate::submit::next_seq;

impl Ledger {
    /// Records one ruling on every item given by key and body, all or none; as [`Ledger::rule`].
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn rule_all(
        &self,
        items: &[(String, Digest)],
        ruling: Ruling,
        initials: &str,
        note: &str,
        at: Moment,
    ) -> Result<()> {
        let items = items.to_vec();
        let texts = [initials, note].map(str::to_owned);
        self.commit("record rulings", move |desk| {
            let [initials, note] = &texts;
            let first = next_seq(desk.conn)?;
            let mut statement = desk.conn.prepare_cached(
                "INSERT INTO ruling (seq, item_key, body_digest, ruling, initials, note, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for (seq, (key, digest)) in (first..).zip(&items) {
                statement.execute(params![seq, key, digest.0, ruling.as_str(), initials, note, at.0])?;
            }
            Ok(())
        })
    }
}
