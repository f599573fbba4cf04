-- What an excluded row promises: a pledge, or a schedule of gifts.
CREATE TABLE promise (
    row_id INTEGER PRIMARY KEY REFERENCES stopped ON DELETE CASCADE, body BLOB NOT NULL
) STRICT;
