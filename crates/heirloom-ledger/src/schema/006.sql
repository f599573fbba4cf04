-- Which edition of a file counts: the newest line of its role. None does while the file is to be read anew.
-- What a partial one lacks is as it was sent.
CREATE TABLE edition (
    number INTEGER PRIMARY KEY, role TEXT NOT NULL, file_id INTEGER REFERENCES file,
    is_partial INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX edition_by_role ON edition (role, number);
INSERT INTO edition (role, file_id) SELECT role, file_id FROM file ORDER BY file_id;

-- Files of which another edition counts.
CREATE VIEW superseded_file AS SELECT f.file_id FROM file f WHERE f.file_id IS NOT (
    SELECT e.file_id FROM edition e WHERE e.role = f.role ORDER BY e.number DESC LIMIT 1);

-- Items that are more than given up: not given up, or seen at the target all the same.
CREATE VIEW standing_item AS SELECT i.item_id, i.row_id FROM item i
    WHERE NOT EXISTS (SELECT 1 FROM given_up u WHERE u.item_id = i.item_id)
       OR EXISTS (SELECT 1 FROM evidence e WHERE e.item_id = i.item_id AND e.target > 0);

-- How many rows of data an earlier edition holds of which something was sent. What was sent stays where it
-- is; the others are superseded.
CREATE TABLE superseded (
    file_id INTEGER PRIMARY KEY REFERENCES file, rows INTEGER NOT NULL, is_donor INTEGER NOT NULL
) STRICT;

-- A gift of a newer edition that may be the one that was sent, under another key: it waits for a word.
ALTER TABLE reread ADD COLUMN alike INTEGER;

-- Whether what was sent is left out now: it is to be reversed, where others are to be looked at.
ALTER TABLE reread ADD COLUMN is_left_out INTEGER NOT NULL DEFAULT 0;

-- Whether a row that was sent is in the newer edition of its file is asked row by row.
CREATE INDEX repeat_by_of ON repeat (of_row);
