-- A ruling on two donors says why; the newest counts, and `undone` takes it back.
ALTER TABLE pair_ruling ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- Contacts to be that may exist at the target already, for a person to say; made anew by each plan.
CREATE TABLE match_doubt (
    contact INTEGER NOT NULL, target INTEGER NOT NULL, probability_ppm INTEGER NOT NULL,
    why TEXT NOT NULL, reasons TEXT NOT NULL, PRIMARY KEY (contact, target)
) STRICT, WITHOUT ROWID;
-- What a person said of a donor and a contact of the target: as pair_ruling.
CREATE TABLE match_ruling (
    number INTEGER PRIMARY KEY, donor_key TEXT NOT NULL, target INTEGER NOT NULL, ruling TEXT NOT NULL,
    initials TEXT NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
