-- Whom the issuer of an access token names: he may read what became of his request, as a key may of its own.
-- Servers of the release before leave it empty.

ALTER TABLE request ADD COLUMN subject text COLLATE "C" NOT NULL DEFAULT '';
