-- The gifts that may pay a promise: adding up what is paid must not open every gift. Of those that were
-- mapped before it is not known.
CREATE TABLE payment (row_id INTEGER PRIMARY KEY REFERENCES gift ON DELETE CASCADE) STRICT;
INSERT INTO payment (row_id) SELECT row_id FROM gift;
