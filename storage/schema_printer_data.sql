R"sql(
-- Printer data: a tree of keys per printer, with typed values. Keys are paths with backslashes; a key's parents have rows of their own.
CREATE TABLE printer_key (
    printer  INTEGER NOT NULL REFERENCES printer(id) ON DELETE CASCADE,
    path_key TEXT NOT NULL,
    path     TEXT NOT NULL,
    PRIMARY KEY (printer, path_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE printer_value (
    printer  INTEGER NOT NULL,
    path_key TEXT NOT NULL,
    name_key TEXT NOT NULL,
    name     TEXT NOT NULL,
    type     INTEGER NOT NULL,
    data     BLOB NOT NULL,
    PRIMARY KEY (printer, path_key, name_key),
    FOREIGN KEY (printer, path_key) REFERENCES printer_key(printer, path_key) ON DELETE CASCADE
) STRICT;
)sql"
