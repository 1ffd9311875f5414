-- The catalog: who is there, which keys speak for whom, whose a table is. Nothing in it is an agent's data.

-- One row: what this schema is, and who may serve it.
CREATE TABLE stele_catalog.installation (
	one       boolean PRIMARY KEY DEFAULT true CHECK (one),
	mark      text NOT NULL,            -- 'stele'
	version   integer NOT NULL,         -- how far both lines of migrations have come
	oldest    integer NOT NULL,         -- a program that knows only an earlier version must not serve it
	admin_key bytea,                    -- SHA-256 of the admin key that was made here, if one was
	asking    bytea,                    -- what the passwords of agents' roles are made of; from the first question on
	moving    text NOT NULL DEFAULT '', -- the state in which a move has left it
	withdrawn bigint NOT NULL DEFAULT 0 -- moves whenever keys are taken away
);

-- Numbers in order of creation are given under the lock of the row above: sequences differ from node to node.
CREATE TABLE stele_catalog.agents (
	id         text COLLATE "C" PRIMARY KEY,
	seq        bigint NOT NULL,
	name       text COLLATE "C" NOT NULL UNIQUE,
	created_at bigint NOT NULL
);

-- Agents whose deletion is decided and whose schemas may still be there.
CREATE TABLE stele_catalog.tombstones (
	agent_id text COLLATE "C" PRIMARY KEY
);

CREATE TABLE stele_catalog.keys (
	hash       bytea PRIMARY KEY,
	id         text COLLATE "C" NOT NULL UNIQUE,
	seq        bigint NOT NULL,
	agent_id   text COLLATE "C" NOT NULL,
	scope      integer NOT NULL,
	created_at bigint NOT NULL,
	expires_at bigint NOT NULL,         -- 0: never
	rpm        integer NOT NULL,
	last_used  bigint NOT NULL          -- written about once a minute; 0: never
);
CREATE INDEX keys_agent ON stele_catalog.keys (agent_id);

CREATE TABLE stele_catalog.tables (
	id       text COLLATE "C" PRIMARY KEY,
	agent_id text COLLATE "C" NOT NULL
);
CREATE INDEX tables_agent ON stele_catalog.tables (agent_id);

-- The text form of a FLOAT: the shortest that reads back the same, without an exponent between 1e-6 and 1e21. The server's
-- own form is the shortest but for values on the border between two doubles, where it takes more digits than needed.
CREATE FUNCTION stele_catalog.float_text(f double precision) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT CASE
		WHEN f = 0 THEN '0'
		WHEN abs(f) >= 1e-6::double precision AND abs(f) < 1e21::double precision THEN trim_scale(s::numeric)::text
		ELSE regexp_replace(s, '\.?0+e', 'e')
	END FROM (SELECT CASE
		WHEN length(f::text) < 17 OR abs(f) > 1.7976931348623e308::double precision THEN f::text -- rounded up, the last would be infinite
		WHEN to_char(f, '9.99999999999999EEEE')::double precision = f THEN trim(to_char(f, '9.99999999999999EEEE'))
		WHEN to_char(f, '9.999999999999999EEEE')::double precision = f THEN trim(to_char(f, '9.999999999999999EEEE'))
		ELSE f::text
	END AS s) x
$$;

-- The text form of a DATETIME. to_char is not immutable, because names of months are not in every language; these are numbers. An index may hold it.
CREATE FUNCTION stele_catalog.datetime_text(t timestamp) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	RETURN pg_catalog.to_char(t, 'YYYY-MM-DD HH24:MI:SS');
END
$$;