-- What a row that was sent reads as under a newer mapping, where that is not what was sent.
CREATE TABLE reread (
    row_id INTEGER PRIMARY KEY,
    body   TEXT,               -- as it would be sealed now; none if it would not go
    fields BLOB NOT NULL,      -- field, what was sent, what it reads as now
    digest BLOB NOT NULL,      -- of all that
    seen   INTEGER,            -- when the target was seen to have it so
    looked INTEGER             -- when it was last seen to have it otherwise
) STRICT;

-- That a person changed it there. It hangs on what it should be, so another correction is open again.
CREATE TABLE corrected_there (
    row_id   INTEGER NOT NULL,
    digest   BLOB NOT NULL,
    initials TEXT NOT NULL,
    note     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (row_id, digest)
) STRICT;
