-- One agent's database. Names of our own begin with _, which no table of an agent's can.

-- Whose file this is: with it, a lost catalog costs no data.
CREATE TABLE _agent (
	id         TEXT NOT NULL,
	name       TEXT NOT NULL,
	created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE _tables (
	seq          INTEGER PRIMARY KEY AUTOINCREMENT, -- order of creation
	id           TEXT NOT NULL UNIQUE,
	name         TEXT NOT NULL UNIQUE,
	stored_name  TEXT NOT NULL,
	description  TEXT NOT NULL,
	created_at   INTEGER NOT NULL,
	record_count INTEGER NOT NULL,                  -- kept by each write, in its transaction
	next_id      INTEGER NOT NULL,                  -- the next record id; only ever moves up
	generation   INTEGER NOT NULL,                  -- moves when records below the last one come or go
	keyword_index INTEGER NOT NULL                  -- there is a table _keyword_<seq>
) STRICT;

CREATE TABLE _fields (
	table_seq   INTEGER NOT NULL,
	position    INTEGER NOT NULL,
	name        TEXT NOT NULL,
	stored_name TEXT NOT NULL,
	description TEXT NOT NULL,
	type        TEXT NOT NULL,
	required    INTEGER NOT NULL,
	is_unique   INTEGER NOT NULL,
	PRIMARY KEY (table_seq, position)
) STRICT, WITHOUT ROWID;

-- Task ids ascend with time, so new tasks go to the end and old ones leave from the beginning.
CREATE TABLE _tasks (
	id            TEXT PRIMARY KEY,
	table_id      TEXT NOT NULL,
	created_at    INTEGER NOT NULL,
	total_count   INTEGER NOT NULL,
	success_count INTEGER NOT NULL,
	rejections    TEXT                              -- JSON [[row, from, to, reason], ...]
) STRICT, WITHOUT ROWID;

-- For a list of one table's.
CREATE INDEX _tasks_by_table ON _tasks (table_id, id);

-- Answers kept for idempotency keys. seq keeps them in order of time, so that old ones leave from the beginning.
CREATE TABLE _answers (
	seq         INTEGER PRIMARY KEY,
	key         TEXT NOT NULL UNIQUE,
	fingerprint BLOB NOT NULL,
	created_at  INTEGER NOT NULL,
	answer      BLOB NOT NULL
) STRICT;

-- The log of questions in SQL, the latest ones. Ids ascend with time.
CREATE TABLE _queries (
	id         TEXT PRIMARY KEY,
	at         INTEGER NOT NULL,
	key_id     TEXT NOT NULL,
	client     TEXT NOT NULL,
	question   TEXT NOT NULL,
	row_count  INTEGER NOT NULL,
	byte_count INTEGER NOT NULL,
	micros     INTEGER NOT NULL,
	refused    TEXT NOT NULL                        -- why it was not answered; empty if it was
) STRICT, WITHOUT ROWID;

-- Questions that are kept under a name.
CREATE TABLE _saved_queries (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,
	question   TEXT NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
