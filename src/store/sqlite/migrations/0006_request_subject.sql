-- Whom the issuer of an access token names: he may read what became of his request, as a key may of its own.

ALTER TABLE request ADD COLUMN subject TEXT NOT NULL DEFAULT '';
