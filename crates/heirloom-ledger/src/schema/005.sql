-- What a row that was sent reads as under a newer mapping, where that is not what was sent.
CREATE TABLE reread (
    row_id INTEGER PRIMARY KEY,
    body   TEXT,               -- as it would be sealed now; none if it would not go
    fields BLOB NOT NULL,      -- field, what was sent, what it reads as now
    digest BLOB NOT NULL       -- of all that
) STRICT;

-- The newest reading of the target that showed such a row, and whether it was there as it reads now. This and
-- the next hang on what the row should be: mapped anew to the same, it is as far as it was.
CREATE TABLE reread_look (
    row_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    is_so  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (row_id, digest)
) STRICT;

-- That a person changed it there.
CREATE TABLE corrected_there (
    row_id   INTEGER NOT NULL,
    digest   BLOB NOT NULL,
    initials TEXT NOT NULL,
    note     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (row_id, digest)
) STRICT;
