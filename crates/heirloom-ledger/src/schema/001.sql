-- Everything that must survive. Stages only add rows; what is left to do is what has no result.

CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1), ledger_id TEXT NOT NULL, name TEXT NOT NULL,
    source TEXT NOT NULL, currency TEXT NOT NULL, created INTEGER NOT NULL, exported_on INTEGER NOT NULL
) STRICT;
CREATE TABLE binding (
    one INTEGER PRIMARY KEY CHECK (one = 1), world TEXT NOT NULL, organization TEXT NOT NULL
) STRICT;
CREATE TABLE word (word_id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

-- read. A file's number is never used again and outlives `redo`, so that decisions still name its rows.
CREATE TABLE file (
    file_id INTEGER PRIMARY KEY AUTOINCREMENT, role TEXT NOT NULL, name TEXT NOT NULL,
    digest BLOB NOT NULL, bytes INTEGER NOT NULL, UNIQUE (role, name, digest)
) STRICT;
CREATE TABLE sheet (
    file_id INTEGER NOT NULL REFERENCES file, number INTEGER NOT NULL, name TEXT,
    PRIMARY KEY (file_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE chunk (
    chunk_id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL REFERENCES file, number INTEGER NOT NULL,
    first_row INTEGER, last_row INTEGER, rows INTEGER NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL,
    UNIQUE (file_id, number)
) STRICT;
CREATE INDEX chunk_by_row ON chunk (first_row);
CREATE TABLE file_end (file_id INTEGER PRIMARY KEY REFERENCES file, body BLOB NOT NULL) STRICT;

-- map. `kept` marks an earlier mapping of which only rows remain that an attempt hangs on.
CREATE TABLE recipe (
    recipe_id INTEGER PRIMARY KEY, stage TEXT NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL,
    UNIQUE (stage, digest)
) STRICT;
CREATE TABLE survey (
    file_id INTEGER NOT NULL REFERENCES file, recipe_id INTEGER NOT NULL REFERENCES recipe,
    body BLOB NOT NULL, PRIMARY KEY (file_id, recipe_id)
) STRICT;
CREATE TABLE map_chunk (
    map_id INTEGER PRIMARY KEY, chunk_id INTEGER NOT NULL REFERENCES chunk ON DELETE CASCADE,
    recipe_id INTEGER NOT NULL REFERENCES recipe, kept INTEGER NOT NULL, placed INTEGER NOT NULL
) STRICT;
CREATE INDEX map_chunk_by_chunk ON map_chunk (chunk_id);
CREATE UNIQUE INDEX map_chunk_once ON map_chunk (chunk_id) WHERE kept = 0;

CREATE TABLE gift (
    row_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL,
    map_id INTEGER NOT NULL REFERENCES map_chunk ON DELETE CASCADE,
    donor INTEGER, date INTEGER NOT NULL, minor INTEGER NOT NULL, currency INTEGER NOT NULL,
    tender INTEGER NOT NULL, project INTEGER, rows INTEGER NOT NULL, rest BLOB NOT NULL
) STRICT;
CREATE INDEX gift_by_map ON gift (map_id);
CREATE TABLE designation (
    row_id INTEGER NOT NULL REFERENCES gift ON DELETE CASCADE, number INTEGER NOT NULL,
    project INTEGER NOT NULL, minor INTEGER NOT NULL, PRIMARY KEY (row_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE part (
    row_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL,
    map_id INTEGER NOT NULL REFERENCES map_chunk ON DELETE CASCADE,
    gift_row INTEGER NOT NULL REFERENCES gift ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    minor INTEGER NOT NULL, currency INTEGER NOT NULL
) STRICT;
CREATE INDEX part_by_map ON part (map_id);
CREATE INDEX part_by_gift ON part (gift_row);
CREATE TABLE donor (
    row_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL,
    map_id INTEGER NOT NULL REFERENCES map_chunk ON DELETE CASCADE,
    legacy INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX donor_by_map ON donor (map_id);
CREATE INDEX donor_by_legacy ON donor (legacy);
-- Held where `rule` is null, excluded by that rule where it is not.
CREATE TABLE stopped (
    row_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL,
    map_id INTEGER NOT NULL REFERENCES map_chunk ON DELETE CASCADE,
    rule INTEGER, minor INTEGER, currency INTEGER, date INTEGER, project INTEGER, tender INTEGER,
    is_donor INTEGER NOT NULL
) STRICT;
CREATE INDEX stopped_by_map ON stopped (map_id);
CREATE TABLE held_id (
    row_id INTEGER PRIMARY KEY REFERENCES stopped ON DELETE CASCADE, legacy INTEGER NOT NULL
) STRICT;
CREATE TABLE repeat (
    row_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL,
    map_id INTEGER NOT NULL REFERENCES map_chunk ON DELETE CASCADE, of_row INTEGER NOT NULL
) STRICT;
CREATE INDEX repeat_by_map ON repeat (map_id);
CREATE TABLE finding (
    row_id INTEGER NOT NULL, number INTEGER NOT NULL,
    map_id INTEGER NOT NULL REFERENCES map_chunk ON DELETE CASCADE, code INTEGER NOT NULL,
    file INTEGER NOT NULL, sheet INTEGER, row_number INTEGER NOT NULL,
    label INTEGER, seen TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (row_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_by_map ON finding (map_id);

-- Identity and decisions: outside every cascade.
CREATE TABLE gift_key (row_id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE donor_key (row_id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE correction (
    row_id INTEGER NOT NULL, revision INTEGER NOT NULL, col INTEGER NOT NULL, text TEXT NOT NULL,
    initials TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (row_id, revision)
) STRICT, WITHOUT ROWID;
-- The newest line counts; without a reason it takes the row back.
CREATE TABLE set_aside (
    number INTEGER PRIMARY KEY, row_id INTEGER NOT NULL, reason TEXT, initials TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX set_aside_by_row ON set_aside (row_id, number);
CREATE TABLE pair_ruling (
    number INTEGER PRIMARY KEY, a_key TEXT NOT NULL, b_key TEXT NOT NULL, ruling TEXT NOT NULL,
    initials TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;

-- link
CREATE TABLE link_phase (
    recipe_id INTEGER NOT NULL REFERENCES recipe, phase TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (recipe_id, phase)
) STRICT;
CREATE TABLE cluster (
    row_id INTEGER PRIMARY KEY REFERENCES donor ON DELETE CASCADE, person INTEGER NOT NULL,
    contact INTEGER NOT NULL, survivor INTEGER NOT NULL
) STRICT;
CREATE INDEX cluster_by_contact ON cluster (contact);
CREATE TABLE pair (
    a INTEGER NOT NULL, b INTEGER NOT NULL, verdict TEXT NOT NULL, probability_ppm INTEGER NOT NULL,
    reasons TEXT NOT NULL, PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
CREATE TABLE link_end (
    one INTEGER PRIMARY KEY CHECK (one = 1), recipe_id INTEGER NOT NULL REFERENCES recipe
) STRICT;

-- target: what was read there, with its time, and what is known of the organization.
CREATE TABLE target_fact (name TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE target_contact (target_id INTEGER PRIMARY KEY, body BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE contact_match (
    contact INTEGER PRIMARY KEY, target INTEGER NOT NULL UNIQUE, how TEXT NOT NULL
) STRICT;
CREATE TABLE org_fact (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL, evidence TEXT NOT NULL,
    initials TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;

-- plan: an item is a slice of a chunk of bodies. A closed plan has a closing row. `part` is 0 for a gift
-- or contact, else it names one detail of the contact. `since` is 0 for a row's first item; a later one
-- follows an item that was given up, and nothing ruled up to that number concerns it.
CREATE TABLE plan (
    plan_id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, recipe BLOB NOT NULL,
    terms TEXT NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE TABLE plan_end (
    plan_id INTEGER PRIMARY KEY REFERENCES plan ON DELETE CASCADE, name TEXT NOT NULL UNIQUE,
    items INTEGER NOT NULL, totals BLOB NOT NULL, digest BLOB NOT NULL
) STRICT;
CREATE TABLE body (
    body_id INTEGER PRIMARY KEY, plan_id INTEGER NOT NULL REFERENCES plan ON DELETE CASCADE,
    bytes BLOB NOT NULL
) STRICT;
CREATE INDEX body_by_plan ON body (plan_id);
CREATE TABLE item (
    item_id INTEGER PRIMARY KEY AUTOINCREMENT, body_id INTEGER NOT NULL REFERENCES body ON DELETE CASCADE,
    row_id INTEGER NOT NULL, part INTEGER NOT NULL, since INTEGER NOT NULL, key TEXT NOT NULL,
    start INTEGER NOT NULL, length INTEGER NOT NULL, digest BLOB NOT NULL, minor INTEGER, currency INTEGER,
    UNIQUE (row_id, part, since)
) STRICT;
CREATE INDEX item_by_body ON item (body_id);

-- submit. `seq` orders attempts, outcomes, look-ups and rulings among each other, without a clock.
CREATE TABLE attempt (
    attempt_id INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL UNIQUE,
    plan_id INTEGER NOT NULL REFERENCES plan, first_item INTEGER NOT NULL, last_item INTEGER NOT NULL,
    items INTEGER NOT NULL, envelope TEXT NOT NULL, request_digest BLOB NOT NULL, started INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_by_plan ON attempt (plan_id);
CREATE INDEX attempt_by_item ON attempt (last_item, first_item);
CREATE TABLE outcome (
    attempt_id INTEGER PRIMARY KEY REFERENCES attempt, seq INTEGER NOT NULL UNIQUE, kind TEXT NOT NULL,
    code INTEGER, text TEXT NOT NULL, wait_ms INTEGER, ended INTEGER NOT NULL
) STRICT;
CREATE TABLE look (
    seq INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES item, found INTEGER, at INTEGER NOT NULL
) STRICT;
CREATE INDEX look_by_item ON look (item_id, seq);
CREATE TABLE ruling (
    seq INTEGER PRIMARY KEY, item_key TEXT NOT NULL, body_digest BLOB NOT NULL, ruling TEXT NOT NULL,
    initials TEXT NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
-- Refused or discarded items whose rows may go again in a later plan; from then on only being seen at the
-- target moves them.
CREATE TABLE given_up (
    item_id INTEGER PRIMARY KEY REFERENCES item, seq INTEGER NOT NULL UNIQUE, initials TEXT NOT NULL,
    note TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
-- Moments at which this ledger was found not to know all that was sent under its name (a copy, a backup):
-- what was unsent in the plans named here, or in all plans for ever, was in doubt from then on.
CREATE TABLE estranged (
    seq INTEGER PRIMARY KEY, mark TEXT NOT NULL UNIQUE, everything INTEGER NOT NULL, why TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE TABLE estranged_plan (
    seq INTEGER NOT NULL REFERENCES estranged, plan_id INTEGER NOT NULL REFERENCES plan,
    PRIMARY KEY (seq, plan_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
    item_id INTEGER PRIMARY KEY REFERENCES item, target INTEGER NOT NULL, differs BLOB NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE unexpected (
    kind TEXT NOT NULL, target INTEGER NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (kind, target)
) STRICT, WITHOUT ROWID;
CREATE TABLE call (
    call_id INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, status INTEGER
) STRICT;
CREATE INDEX call_by_time ON call (at);
CREATE TABLE rate_window (
    one INTEGER PRIMARY KEY CHECK (one = 1), allowed INTEGER NOT NULL, remaining INTEGER NOT NULL,
    reset INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT;

-- What was sent stays. A gift or donor that goes takes its unsent item along.
CREATE TRIGGER item_stays BEFORE DELETE ON item
WHEN EXISTS (SELECT 1 FROM attempt WHERE last_item >= old.item_id AND first_item <= old.item_id)
BEGIN SELECT raise(ABORT, 'an attempt hangs on the item'); END;
CREATE TRIGGER gift_goes AFTER DELETE ON gift BEGIN
    DELETE FROM item WHERE row_id = old.row_id AND item_id NOT IN (SELECT item_id FROM given_up);
END;
CREATE TRIGGER donor_goes AFTER DELETE ON donor BEGIN
    DELETE FROM item WHERE row_id = old.row_id AND item_id NOT IN (SELECT item_id FROM given_up);
END;
