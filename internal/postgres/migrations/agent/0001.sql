-- One agent's schema, {agent}. Names of our own begin with _, which no table of an agent's can.

-- One row: whose schema this is. Its lock is held by whoever makes or takes away a table.
CREATE TABLE {agent}._agent (
	id         text COLLATE "C" PRIMARY KEY,
	name       text NOT NULL,
	created_at bigint NOT NULL,
	version    integer NOT NULL             -- how far the agent's line of migrations has come
);

-- Each write makes a new version of a table's row: half of each page is left for them.
CREATE TABLE {agent}._tables (
	id           text COLLATE "C" PRIMARY KEY,
	seq          bigint NOT NULL,           -- order of creation
	name         text COLLATE "C" NOT NULL UNIQUE,
	stored_name  text NOT NULL,
	description  text NOT NULL,
	created_at   bigint NOT NULL,
	version      bigint NOT NULL,           -- moves with each change of the definition
	record_count bigint NOT NULL,           -- kept by each write, in its transaction
	next_id      bigint NOT NULL,           -- the next record id; only ever moves up
	keyword_index boolean NOT NULL          -- there is an index _<id>_keyword
) WITH (fillfactor = 50);

CREATE TABLE {agent}._fields (
	table_id    text COLLATE "C" NOT NULL,
	position    integer NOT NULL,
	name        text NOT NULL,
	stored_name text NOT NULL,
	description text NOT NULL,
	type        text NOT NULL,
	required    boolean NOT NULL,
	is_unique   boolean NOT NULL,
	PRIMARY KEY (table_id, position)
);

-- Tables that are being made anew beside the old one: who does it, and when he last gave a sign of life.
CREATE TABLE {agent}._rebuilds (
	table_id text COLLATE "C" PRIMARY KEY,
	token    text NOT NULL,
	seen_at  timestamptz NOT NULL           -- by the server's clock
);

-- Task ids ascend with time, so new tasks go to the end and old ones leave from the beginning.
CREATE TABLE {agent}._tasks (
	id            text COLLATE "C" PRIMARY KEY,
	table_id      text COLLATE "C" NOT NULL,
	created_at    bigint NOT NULL,
	total_count   integer NOT NULL,
	success_count integer NOT NULL,
	rejections    text                      -- JSON [[row, from, to, reason], ...]
);

-- For a list of one table's.
CREATE INDEX _tasks_by_table ON {agent}._tasks (table_id, id);

-- Answers kept for idempotency keys.
CREATE TABLE {agent}._answers (
	key         text COLLATE "C" PRIMARY KEY,
	fingerprint bytea NOT NULL,
	created_at  bigint NOT NULL,
	answer      bytea NOT NULL
);
CREATE INDEX _answers_by_time ON {agent}._answers (created_at);

-- The log of questions in SQL, the latest ones. Ids ascend with time.
CREATE TABLE {agent}._queries (
	id         text COLLATE "C" PRIMARY KEY,
	at         bigint NOT NULL,
	key_id     text NOT NULL,
	client     text NOT NULL,
	question   text NOT NULL,
	row_count  bigint NOT NULL,
	byte_count bigint NOT NULL,
	micros     bigint NOT NULL,
	refused    text NOT NULL                -- why it was not answered; empty if it was
);

-- Questions that are kept under a name.
CREATE TABLE {agent}._saved_queries (
	id         text COLLATE "C" PRIMARY KEY,
	name       text COLLATE "C" NOT NULL UNIQUE,
	question   text NOT NULL,
	updated_at bigint NOT NULL
);
