-- The catalog: who is there, which keys speak for whom, whose a table is. Nothing in it is an agent's data.
CREATE TABLE agents (
	seq        INTEGER PRIMARY KEY AUTOINCREMENT, -- order of creation
	id         TEXT NOT NULL UNIQUE,
	name       TEXT NOT NULL UNIQUE,
	created_at INTEGER NOT NULL,
	tables     INTEGER NOT NULL DEFAULT 0         -- rows of tables that are this agent's
) STRICT;

-- Agents whose deletion is decided and whose files may still be there.
CREATE TABLE tombstones (
	agent_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
	seq        INTEGER PRIMARY KEY AUTOINCREMENT,
	id         TEXT NOT NULL UNIQUE,
	hash       BLOB NOT NULL UNIQUE,
	agent_id   TEXT NOT NULL,
	scope      INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,                  -- 0: never
	rpm        INTEGER NOT NULL,
	last_used  INTEGER NOT NULL                   -- written about once a minute; 0: never
) STRICT;
CREATE INDEX keys_agent ON keys (agent_id);

CREATE TABLE tables (
	id       TEXT PRIMARY KEY,
	agent_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tables_agent ON tables (agent_id);
