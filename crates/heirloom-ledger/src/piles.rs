//! Which rows lie where: derived afresh from the facts, in one walk.
use std::collections::BTreeSet;
use crate::door::Desk;
use crate::error::Result;
/// Files of which a newer edition has been read to its end.
pub(crate) fn superseded_files(desk: &Desk<'_>) -> Result<BTreeSet<u32>> {
    let files = crate::load::all(
        desk,
        "SELECT o.file_id FROM file o WHERE EXISTS (
            SELECT 1 FROM file n JOIN file_end e ON e.file_id = n.file_id
            WHERE n.role = o.role AND n.name = o.name AND n.file_id > o.file_id) ORDER BY o.file_id",
        [],
        |r| r.get(0),
    )?;
    Ok(files.into_iter().collect())
}
