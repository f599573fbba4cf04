//! Whatever bytes a file holds, reading it ends in rows or in an error, never in a panic.

use heirloom_intake::{ReadAs, SourceFile};
use heirloom_model::FileId;
use proptest::prelude::*;

fn rows_or_error(bytes: &[u8], name: &str) -> Option<usize> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("room for a small file");
    let opened = SourceFile::open(&path, &ReadAs::default()).ok()?;
    let mut expected = 0;
    for row in opened.rows(FileId(1)) {
        let row = row.ok()?;
        assert_eq!(row.id.sequence(), expected);
        assert!(row.cells().any(|cell| !cell.text.trim().is_empty()));
        expected += 1;
    }
    Some(expected as usize)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn text_of_any_bytes(bytes in prop::collection::vec(
        prop_oneof![
            4 => prop::sample::select(b"a1,;\t|\"\r\n \x00\xC3\xA9\xE2\x82\xAC\xFF\xFE".to_vec()),
            1 => any::<u8>(),
        ],
        0..300,
    )) {
        rows_or_error(&bytes, "a.csv");
    }

    #[test]
    fn archives_and_compound_files_of_any_bytes(
        tail in prop::collection::vec(any::<u8>(), 0..2000),
        compound in any::<bool>(),
    ) {
        let head: &[u8] = if compound { b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" } else { b"PK\x03\x04" };
        rows_or_error(&[head, &tail].concat(), "a.xls");
    }
}
