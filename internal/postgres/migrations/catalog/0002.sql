-- What questions may call of SQLite's functions. What PostgreSQL has itself keeps its own meaning: nothing here takes arguments for which it has a
-- function of that name, but lpad, rpad, repeat and replace, which are its own with a bound. The schema stands before pg_catalog in a question's search_path
-- for the sake of those. All run with the caller's rights and reach no table. Names that begin
-- with _ are for the others and no question may name them. Every statement can be run again.

-- A right for each agent's role would be a list as long as there are agents, and would keep roles from being dropped.
GRANT USAGE ON SCHEMA stele_functions TO PUBLIC;

-- Choosing. Bodies in quotes are read in the caller's search_path, which is why nothing in them is looked up by name.
CREATE OR REPLACE FUNCTION stele_functions.ifnull(anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT coalesce($1, $2)';
CREATE OR REPLACE FUNCTION stele_functions.iif(boolean, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT CASE WHEN $1 THEN $2 ELSE $3 END';
CREATE OR REPLACE FUNCTION stele_functions.if(boolean, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT CASE WHEN $1 THEN $2 ELSE $3 END';
CREATE OR REPLACE FUNCTION stele_functions.iif(boolean, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT CASE WHEN $1 THEN $2 END';
CREATE OR REPLACE FUNCTION stele_functions.if(boolean, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT CASE WHEN $1 THEN $2 END';
CREATE OR REPLACE FUNCTION stele_functions.max(anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
	'SELECT CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE greatest($1, $2) END';
CREATE OR REPLACE FUNCTION stele_functions.min(anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
	'SELECT CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE least($1, $2) END';
CREATE OR REPLACE FUNCTION stele_functions.max(anycompatible, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
	'SELECT CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL ELSE greatest($1, $2, $3) END';
CREATE OR REPLACE FUNCTION stele_functions.min(anycompatible, anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
	'SELECT CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL ELSE least($1, $2, $3) END';
CREATE OR REPLACE FUNCTION stele_functions.likely(boolean) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1;
CREATE OR REPLACE FUNCTION stele_functions.unlikely(boolean) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1;

-- Numbers. A FLOAT is rounded to places, which PostgreSQL does not do, by the shortest decimal that means it: 2.675 to 2.68.
CREATE OR REPLACE FUNCTION stele_functions.round(double precision, integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	CASE WHEN $2 < 17 THEN pg_catalog.round($1::text::numeric, $2)::double precision ELSE CASE WHEN $2 IS NULL THEN NULL ELSE $1 END END;
CREATE OR REPLACE FUNCTION stele_functions.trunc(double precision, integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	CASE WHEN $2 < 17 THEN pg_catalog.trunc($1::text::numeric, $2)::double precision ELSE CASE WHEN $2 IS NULL THEN NULL ELSE $1 END END;
CREATE OR REPLACE FUNCTION stele_functions.log(double precision, double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	pg_catalog.ln($2) / pg_catalog.ln($1);
CREATE OR REPLACE FUNCTION stele_functions.log2(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	pg_catalog.log(2, $1::text::numeric)::double precision;
CREATE OR REPLACE FUNCTION stele_functions.mod(double precision, double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	pg_catalog.mod($1::text::numeric, $2::text::numeric)::double precision;
CREATE OR REPLACE FUNCTION stele_functions._remainder(double precision, double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	pg_catalog.mod(pg_catalog.trunc($1)::numeric, pg_catalog.trunc($2)::numeric)::double precision;

-- Texts. What makes texts out of nothing makes short ones.
CREATE OR REPLACE FUNCTION stele_functions.instr(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN pg_catalog.strpos($1, $2);
CREATE OR REPLACE FUNCTION stele_functions.unicode(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN nullif(pg_catalog.ascii($1), 0);
CREATE OR REPLACE FUNCTION stele_functions._short(what text, wanted bigint, most bigint DEFAULT 100000) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	IF wanted OPERATOR(pg_catalog.>) most THEN
		RAISE EXCEPTION '% makes at most % characters', what, most USING ERRCODE = '22023';
	END IF;
	RETURN wanted;
END $$;
CREATE OR REPLACE FUNCTION stele_functions.lpad(text, integer, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	pg_catalog.lpad($1, stele_functions._short('lpad', $2), $3);
CREATE OR REPLACE FUNCTION stele_functions.lpad(text, integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	pg_catalog.lpad($1, stele_functions._short('lpad', $2));
CREATE OR REPLACE FUNCTION stele_functions.rpad(text, integer, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	pg_catalog.rpad($1, stele_functions._short('rpad', $2), $3);
CREATE OR REPLACE FUNCTION stele_functions.rpad(text, integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	pg_catalog.rpad($1, stele_functions._short('rpad', $2));
CREATE OR REPLACE FUNCTION stele_functions.repeat(text, integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	CASE WHEN stele_functions._short('repeat', pg_catalog.octet_length($1)::bigint * $2) IS NOT NULL THEN pg_catalog.repeat($1, $2) END;

CREATE OR REPLACE FUNCTION stele_functions.hex(text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN
	CASE WHEN stele_functions._short('hex', pg_catalog.octet_length($1)::bigint * 2) IS NOT NULL THEN pg_catalog.upper(pg_catalog.encode(pg_catalog.convert_to($1, 'UTF8'), 'hex')) END;
-- The server's replace looks at no interrupt: a text of 100 MB took it two seconds. The bound is that of the longest result there can be.
CREATE OR REPLACE FUNCTION stele_functions.replace(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	CASE WHEN pg_catalog.octet_length($1)::bigint * pg_catalog.octet_length($3) > 10000000 * greatest(pg_catalog.octet_length($2), 1)::bigint
	THEN stele_functions._short('replace', pg_catalog.octet_length($1)::bigint * pg_catalog.octet_length($3) / greatest(pg_catalog.octet_length($2), 1), 10000000)::text ELSE pg_catalog.replace($1, $2, $3) END;

-- printf of one value to three. What stands behind a % is read piece by piece; a piece makes at most 100 characters more than its value has.
CREATE OR REPLACE FUNCTION stele_functions._printed(fmt text, args text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made text := '';
	piece text[];
	plain text;
	value text;
	sign text;
	wide integer;
	taken integer := 0;
BEGIN
	IF octet_length(fmt) > 1000 THEN
		RAISE EXCEPTION 'printf takes a format of at most 1000 bytes' USING ERRCODE = '22023';
	END IF;
	WHILE fmt <> '' LOOP
		plain := split_part(fmt, '%', 1);
		made := made || plain;
		fmt := substr(fmt, length(plain) + 1);
		EXIT WHEN fmt = '';
		piece := regexp_match(fmt, '^%([-+ 0,]*)([0-9]{0,3})(\.([0-9]{0,2}))?(ll|l)?([%dfsgxXi])');
		IF piece IS NULL THEN
			RAISE EXCEPTION 'printf knows %%d, %%f, %%s, %%g, %%x and %%%%, with flags and a width of up to 100' USING ERRCODE = '22023';
		END IF;
		fmt := regexp_replace(fmt, '^%([-+ 0,]*)([0-9]{0,3})(\.([0-9]{0,2}))?(ll|l)?([%dfsgxXi])', '');
		IF piece[6] = '%' THEN
			made := made || '%';
			CONTINUE;
		END IF;
		taken := taken + 1;
		value := args[taken];
		wide := least(100, coalesce(nullif(piece[2], '')::integer, 0));
		sign := '';
		IF piece[6] = 's' THEN
			value := coalesce(value, '');
			IF piece[3] IS NOT NULL THEN
				value := "left"(value, coalesce(nullif(piece[4], '')::integer, 0));
			END IF;
		ELSIF piece[6] IN ('x', 'X') THEN
			value := to_hex(trunc(coalesce(value, '0')::numeric)::bigint);
			IF piece[6] = 'X' THEN
				value := upper(value);
			END IF;
		ELSE
			value := coalesce(value, '0');
			IF value IN ('true', 'false') THEN
				value := value::boolean::integer::text;
			END IF;
			IF piece[6] IN ('d', 'i') THEN
				value := trunc(value::numeric)::text;
			ELSIF piece[6] = 'f' THEN
				value := round(value::numeric, coalesce(nullif(piece[4], '')::integer, CASE WHEN piece[3] IS NULL THEN 6 ELSE 0 END))::text;
			END IF;
			IF "left"(value, 1) = '-' THEN
				sign := '-';
				value := substr(value, 2);
			ELSIF strpos(piece[1], '+') > 0 THEN
				sign := '+';
			ELSIF strpos(piece[1], ' ') > 0 THEN
				sign := ' ';
			END IF;
			IF strpos(piece[1], ',') > 0 THEN
				value := reverse(regexp_replace(reverse(split_part(value, '.', 1)), '([0-9]{3})(?=[0-9])', '\1,', 'g')) || substr(value, length(split_part(value, '.', 1)) + 1);
			END IF;
			IF strpos(piece[1], '0') > 0 AND strpos(piece[1], '-') = 0 THEN
				value := lpad(value, greatest(wide - length(sign), length(value)), '0');
			END IF;
		END IF;
		value := sign || value;
		IF strpos(piece[1], '-') > 0 THEN
			made := made || rpad(value, greatest(wide, length(value)));
		ELSE
			made := made || lpad(value, greatest(wide, length(value)));
		END IF;
	END LOOP;
	RETURN made;
END $$;
CREATE OR REPLACE FUNCTION stele_functions.printf(text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT stele_functions._printed($1, ARRAY[]::pg_catalog.text[])';
CREATE OR REPLACE FUNCTION stele_functions.printf(text, anycompatible) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT stele_functions._printed($1, ARRAY[$2::pg_catalog.text])';
CREATE OR REPLACE FUNCTION stele_functions.printf(text, anycompatible, anyelement) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
	'SELECT stele_functions._printed($1, ARRAY[$2::pg_catalog.text, $3::pg_catalog.text])';
CREATE OR REPLACE FUNCTION stele_functions.printf(text, anycompatible, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
	'SELECT stele_functions._printed($1, ARRAY[$2::pg_catalog.text, $3])';

-- Moments. A text that is none is null, as in SQLite; days up to 31 run over into the next month.
CREATE OR REPLACE FUNCTION stele_functions._moment(t text) RETURNS timestamp LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p text[];
BEGIN
	IF octet_length(t) > 40 THEN
		RETURN NULL;
	ELSIF t = 'now' THEN
		RETURN date_trunc('milliseconds', timezone('UTC', now()));
	END IF;
	p := regexp_match(t, '^\s*([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:[ T]+([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]{1,9})?))?)?Z?\s*$');
	IF p IS NOT NULL AND p[1] <> '0000' THEN
		RETURN make_timestamp(p[1]::integer, p[2]::integer, 1, coalesce(p[4], '0')::integer, coalesce(p[5], '0')::integer, coalesce(p[6], '0')::double precision)
			+ make_interval(days => p[3]::integer - 1);
	ELSIF t ~ '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?$' THEN
		RETURN timestamp '2000-01-01' + t::time;
	ELSIF t ~ '^[0-9]{1,7}(\.[0-9]{1,12})?$' THEN
		RETURN stele_functions._moment_of(t::double precision, '{}');
	END IF;
	RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION stele_functions._moment_of(n double precision, how text[]) RETURNS timestamp LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ms numeric;
BEGIN
	IF lower(how[1]) IN ('unixepoch', 'julianday', 'auto') THEN
		ms := CASE WHEN lower(how[1]) = 'unixepoch' OR lower(how[1]) = 'auto' AND (n < 0 OR n >= 5373484.5) THEN trunc(n::text::numeric * 1000 + 0.5) END;
		how := how[2:];
	END IF;
	IF ms IS NULL THEN
		IF n < 0 OR n >= 5373484.5 THEN
			RETURN NULL;
		END IF;
		ms := trunc((n * 86400000 + 0.5)::numeric) - 210866760000000;
	END IF;
	IF ms < -62135596800000 OR ms > 253402300799999 THEN
		RETURN NULL;
	END IF;
	RETURN stele_functions._shifted(timestamp '1970-01-01' + make_interval(secs => (ms / 1000)::double precision), how);
END $$;

-- What modifiers make of a moment; null for one that is not known.
CREATE OR REPLACE FUNCTION stele_functions._shifted(t timestamp, how text[]) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	word text;
	p text[];
	n numeric;
	months integer;
BEGIN
	FOREACH word IN ARRAY coalesce(how, ARRAY[NULL]) LOOP
		word := lower(trim(word));
		p := regexp_match("left"(word, 60), '^([+-]?[0-9]{1,12}(?:\.[0-9]{1,12})?) *(second|minute|hour|day|month|year)s?$');
		IF p IS NOT NULL THEN
			n := p[1]::numeric;
			CASE p[2]
			WHEN 'month', 'year' THEN
				months := trunc(n) * CASE p[2] WHEN 'year' THEN 12 ELSE 1 END;
				IF abs(months) > 120000 THEN
					RETURN NULL;
				END IF;
				t := date_trunc('month', t) + make_interval(months => months) + (t - date_trunc('month', t)) -- days run over, as in SQLite
					+ make_interval(secs => ((n - trunc(n)) * CASE p[2] WHEN 'year' THEN 31536000 ELSE 2592000 END)::double precision);
			ELSE
				n := n * CASE p[2] WHEN 'second' THEN 1 WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600 ELSE 86400 END;
				IF abs(n) > 400000000000 THEN
					RETURN NULL;
				END IF;
				t := t + make_interval(secs => n::double precision);
			END CASE;
		ELSIF word ~ '^[+-]?([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$' THEN
			t := t + CASE WHEN word LIKE '-%' THEN -ltrim(word, '-')::interval ELSE ltrim(word, '+')::interval END;
		ELSIF word IN ('start of day', 'start of month', 'start of year') THEN
			t := date_trunc(substr(word, 10), t);
		ELSIF word ~ '^weekday [0-6]$' THEN
			t := t + make_interval(days => (substr(word, 9)::integer - extract(dow FROM t)::integer + 7) % 7);
		ELSIF word IN ('utc', 'localtime', 'subsec', 'subsecond') THEN
			NULL;
		ELSE
			RETURN NULL;
		END IF;
		IF t < timestamp '0001-01-01' OR t >= timestamp '10000-01-01' THEN
			RETURN NULL;
		END IF;
	END LOOP;
	RETURN t;
END $$;
CREATE OR REPLACE FUNCTION stele_functions._julian(timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	(floor(extract(epoch FROM $1) * 1000) + 210866760000000)::double precision / 86400000.0::double precision;

-- A format of strftime as to_char understands it: what is no pattern stands in double quotes. Null where a pattern is not known.
CREATE OR REPLACE FUNCTION stele_functions._pattern(fmt text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known text[] := ARRAY['%Y', 'YYYY', '%m', 'MM', '%d', 'DD', '%H', 'HH24', '%M', 'MI', '%S', 'SS', '%f', 'SS.MS', '%F', 'YYYY-MM-DD', '%T', 'HH24:MI:SS', '%R', 'HH24:MI',
		'%j', 'DDD', '%u', 'ID', '%V', 'IW', '%G', 'IYYY', '%g', 'IY', '%I', 'HH12', '%p', 'AM', '%P', 'am'];
BEGIN
	fmt := replace(replace(replace(fmt, '\', '\\'), '"', '\"'), '%%', chr(1));
	FOR i IN 1 .. array_length(known, 1) BY 2 LOOP
		fmt := replace(fmt, known[i], '"' || known[i + 1] || '"');
	END LOOP;
	RETURN CASE WHEN strpos(fmt, '%') = 0 THEN '"' || replace(fmt, chr(1), '%') || '"' END;
END $$;
-- Patterns that to_char does not have are put in as what they stand for.
CREATE OR REPLACE FUNCTION stele_functions._filled(fmt text, t timestamp) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	doy integer := extract(doy FROM t);
	dow integer := extract(dow FROM t);
BEGIN
	IF octet_length(fmt) > 200 THEN
		RAISE EXCEPTION 'strftime takes a format of at most 200 bytes' USING ERRCODE = '22023';
	END IF;
	fmt := replace(replace(fmt, '%%', chr(1)), '%w', dow::text);
	fmt := replace(replace(fmt, '%U', lpad(((doy + 6 - dow) / 7)::text, 2, '0')), '%W', lpad(((doy + 6 - (dow + 6) % 7) / 7)::text, 2, '0'));
	fmt := replace(replace(fmt, '%s', floor(extract(epoch FROM t))::text), '%J', stele_functions._julian(t)::text);
	fmt := replace(replace(replace(fmt, '%e', lpad(extract(day FROM t)::text, 2)), '%k', lpad(extract(hour FROM t)::text, 2)), '%l', lpad(((extract(hour FROM t)::integer + 11) % 12 + 1)::text, 2));
	RETURN replace(fmt, chr(1), '%%');
END $$;
CREATE OR REPLACE FUNCTION stele_functions.strftime(text, timestamp) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN
	CASE WHEN octet_length($1) > 200 OR $1 ~ '%[wUWsJekl]' THEN to_char($2, stele_functions._pattern(stele_functions._filled($1, $2)))
		ELSE to_char($2, stele_functions._pattern($1)) END;
CREATE OR REPLACE FUNCTION stele_functions.datetime(timestamp) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', $1);
CREATE OR REPLACE FUNCTION stele_functions.datetime(timestamp, VARIADIC text[]) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', stele_functions._shifted($1, $2));
CREATE OR REPLACE FUNCTION stele_functions.datetime(timestamptz) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', timezone('UTC', $1));
CREATE OR REPLACE FUNCTION stele_functions.datetime(timestamptz, VARIADIC text[]) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', stele_functions._shifted(timezone('UTC', $1), $2));
CREATE OR REPLACE FUNCTION stele_functions.datetime(text) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', stele_functions._moment($1));
CREATE OR REPLACE FUNCTION stele_functions.datetime(text, VARIADIC text[]) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', stele_functions._shifted(stele_functions._moment($1), $2));
CREATE OR REPLACE FUNCTION stele_functions.datetime(double precision) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', stele_functions._moment_of($1, '{}'));
CREATE OR REPLACE FUNCTION stele_functions.datetime(double precision, VARIADIC text[]) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', stele_functions._moment_of($1, $2));
CREATE OR REPLACE FUNCTION stele_functions.datetime() RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN date_trunc('second', stele_functions._moment('now'));
CREATE OR REPLACE FUNCTION stele_functions.date(timestamp, VARIADIC text[]) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._shifted($1, $2)::date;
CREATE OR REPLACE FUNCTION stele_functions.date(timestamptz, VARIADIC text[]) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._shifted(timezone('UTC', $1), $2)::date;
CREATE OR REPLACE FUNCTION stele_functions.date(text) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._moment($1)::date;
CREATE OR REPLACE FUNCTION stele_functions.date(text, VARIADIC text[]) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._shifted(stele_functions._moment($1), $2)::date;
CREATE OR REPLACE FUNCTION stele_functions.date(double precision) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._moment_of($1, '{}')::date;
CREATE OR REPLACE FUNCTION stele_functions.date(double precision, VARIADIC text[]) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._moment_of($1, $2)::date;
CREATE OR REPLACE FUNCTION stele_functions.julianday(timestamp) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian($1);
CREATE OR REPLACE FUNCTION stele_functions.julianday(timestamp, VARIADIC text[]) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian(stele_functions._shifted($1, $2));
CREATE OR REPLACE FUNCTION stele_functions.julianday(timestamptz) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian(timezone('UTC', $1));
CREATE OR REPLACE FUNCTION stele_functions.julianday(timestamptz, VARIADIC text[]) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian(stele_functions._shifted(timezone('UTC', $1), $2));
CREATE OR REPLACE FUNCTION stele_functions.julianday(text) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian(stele_functions._moment($1));
CREATE OR REPLACE FUNCTION stele_functions.julianday(text, VARIADIC text[]) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian(stele_functions._shifted(stele_functions._moment($1), $2));
CREATE OR REPLACE FUNCTION stele_functions.julianday(double precision) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian(stele_functions._moment_of($1, '{}'));
CREATE OR REPLACE FUNCTION stele_functions.julianday(double precision, VARIADIC text[]) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian(stele_functions._moment_of($1, $2));
CREATE OR REPLACE FUNCTION stele_functions.julianday() RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions._julian(stele_functions._moment('now'));
CREATE OR REPLACE FUNCTION stele_functions.unixepoch(timestamp) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM $1))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.unixepoch(timestamp, VARIADIC text[]) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM stele_functions._shifted($1, $2)))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.unixepoch(timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM timezone('UTC', $1)))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.unixepoch(timestamptz, VARIADIC text[]) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM stele_functions._shifted(timezone('UTC', $1), $2)))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.unixepoch(text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM stele_functions._moment($1)))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.unixepoch(text, VARIADIC text[]) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM stele_functions._shifted(stele_functions._moment($1), $2)))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.unixepoch(double precision) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM stele_functions._moment_of($1, '{}')))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.unixepoch(double precision, VARIADIC text[]) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM stele_functions._moment_of($1, $2)))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.unixepoch() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM stele_functions._moment('now')))::bigint;
CREATE OR REPLACE FUNCTION stele_functions.strftime(text, timestamp, VARIADIC text[]) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions.strftime($1, stele_functions._shifted($2, $3));
CREATE OR REPLACE FUNCTION stele_functions.strftime(text, timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions.strftime($1, timezone('UTC', $2));
CREATE OR REPLACE FUNCTION stele_functions.strftime(text, timestamptz, VARIADIC text[]) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions.strftime($1, stele_functions._shifted(timezone('UTC', $2), $3));
CREATE OR REPLACE FUNCTION stele_functions.strftime(text, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions.strftime($1, stele_functions._moment($2));
CREATE OR REPLACE FUNCTION stele_functions.strftime(text, text, VARIADIC text[]) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions.strftime($1, stele_functions._shifted(stele_functions._moment($2), $3));
CREATE OR REPLACE FUNCTION stele_functions.strftime(text, double precision) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions.strftime($1, stele_functions._moment_of($2, '{}'));
CREATE OR REPLACE FUNCTION stele_functions.strftime(text, double precision, VARIADIC text[]) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN stele_functions.strftime($1, stele_functions._moment_of($2, $3));

-- A DATETIME where a text is asked for, and a text where PostgreSQL asks for a DATETIME.
CREATE OR REPLACE FUNCTION stele_functions.substr(timestamp, integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.substr($1::text, $2);
CREATE OR REPLACE FUNCTION stele_functions.substr(date, integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.substr($1::text, $2);
CREATE OR REPLACE FUNCTION stele_functions.substr(timestamp, integer, integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.substr($1::text, $2, $3);
CREATE OR REPLACE FUNCTION stele_functions.substr(date, integer, integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.substr($1::text, $2, $3);
CREATE OR REPLACE FUNCTION stele_functions.substring(timestamp, integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.substr($1::text, $2);
CREATE OR REPLACE FUNCTION stele_functions.substring(date, integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.substr($1::text, $2);
CREATE OR REPLACE FUNCTION stele_functions.substring(timestamp, integer, integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.substr($1::text, $2, $3);
CREATE OR REPLACE FUNCTION stele_functions.substring(date, integer, integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.substr($1::text, $2, $3);
CREATE OR REPLACE FUNCTION stele_functions.date_part(text, text) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.date_part($1, $2::timestamp);
CREATE OR REPLACE FUNCTION stele_functions.date_trunc(text, text) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.date_trunc($1, $2::timestamp);
CREATE OR REPLACE FUNCTION stele_functions.to_char(text, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.to_char($1::timestamp, $2);

-- Operators: a BOOLEAN is 1 or 0, and LIKE and comparisons with texts take a DATETIME as the text that it is in SQLite.
CREATE OR REPLACE FUNCTION stele_functions._is(boolean, integer) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1::integer = $2;
CREATE OR REPLACE FUNCTION stele_functions._is_not(boolean, integer) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1::integer <> $2;
CREATE OR REPLACE FUNCTION stele_functions._equal(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") = $2;
CREATE OR REPLACE FUNCTION stele_functions._differs(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") <> $2;
CREATE OR REPLACE FUNCTION stele_functions._before(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") < $2;
CREATE OR REPLACE FUNCTION stele_functions._not_after(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") <= $2;
CREATE OR REPLACE FUNCTION stele_functions._after(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") > $2;
CREATE OR REPLACE FUNCTION stele_functions._not_before(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") >= $2;
CREATE OR REPLACE FUNCTION stele_functions._like(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") ~~ $2;
CREATE OR REPLACE FUNCTION stele_functions._not_like(timestamp, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") !~~ $2;
CREATE OR REPLACE FUNCTION stele_functions._equal(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") = $2;
CREATE OR REPLACE FUNCTION stele_functions._differs(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") <> $2;
CREATE OR REPLACE FUNCTION stele_functions._before(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") < $2;
CREATE OR REPLACE FUNCTION stele_functions._not_after(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") <= $2;
CREATE OR REPLACE FUNCTION stele_functions._after(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") > $2;
CREATE OR REPLACE FUNCTION stele_functions._not_before(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") >= $2;
CREATE OR REPLACE FUNCTION stele_functions._like(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") ~~ $2;
CREATE OR REPLACE FUNCTION stele_functions._not_like(date, text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1::text COLLATE "C") !~~ $2;
CREATE OR REPLACE FUNCTION stele_functions._equal(text, timestamp) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") = $2::text;
CREATE OR REPLACE FUNCTION stele_functions._differs(text, timestamp) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") <> $2::text;
CREATE OR REPLACE FUNCTION stele_functions._before(text, timestamp) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") < $2::text;
CREATE OR REPLACE FUNCTION stele_functions._not_after(text, timestamp) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") <= $2::text;
CREATE OR REPLACE FUNCTION stele_functions._after(text, timestamp) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") > $2::text;
CREATE OR REPLACE FUNCTION stele_functions._not_before(text, timestamp) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") >= $2::text;
CREATE OR REPLACE FUNCTION stele_functions._equal(text, date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") = $2::text;
CREATE OR REPLACE FUNCTION stele_functions._differs(text, date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") <> $2::text;
CREATE OR REPLACE FUNCTION stele_functions._before(text, date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") < $2::text;
CREATE OR REPLACE FUNCTION stele_functions._not_after(text, date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") <= $2::text;
CREATE OR REPLACE FUNCTION stele_functions._after(text, date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") > $2::text;
CREATE OR REPLACE FUNCTION stele_functions._not_before(text, date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN ($1 COLLATE "C") >= $2::text;
DO $$ BEGIN -- there is no CREATE OR REPLACE OPERATOR
	IF to_regoperator('stele_functions.=(boolean, integer)') IS NULL THEN CREATE OPERATOR stele_functions.= (FUNCTION = stele_functions._is, LEFTARG = boolean, RIGHTARG = integer); END IF;
	IF to_regoperator('stele_functions.<>(boolean, integer)') IS NULL THEN CREATE OPERATOR stele_functions.<> (FUNCTION = stele_functions._is_not, LEFTARG = boolean, RIGHTARG = integer); END IF;
	IF to_regoperator('stele_functions.=(timestamp, text)') IS NULL THEN CREATE OPERATOR stele_functions.= (FUNCTION = stele_functions._equal, LEFTARG = timestamp, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.<>(timestamp, text)') IS NULL THEN CREATE OPERATOR stele_functions.<> (FUNCTION = stele_functions._differs, LEFTARG = timestamp, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.<(timestamp, text)') IS NULL THEN CREATE OPERATOR stele_functions.< (FUNCTION = stele_functions._before, LEFTARG = timestamp, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.<=(timestamp, text)') IS NULL THEN CREATE OPERATOR stele_functions.<= (FUNCTION = stele_functions._not_after, LEFTARG = timestamp, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.>(timestamp, text)') IS NULL THEN CREATE OPERATOR stele_functions.> (FUNCTION = stele_functions._after, LEFTARG = timestamp, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.>=(timestamp, text)') IS NULL THEN CREATE OPERATOR stele_functions.>= (FUNCTION = stele_functions._not_before, LEFTARG = timestamp, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.~~(timestamp, text)') IS NULL THEN CREATE OPERATOR stele_functions.~~ (FUNCTION = stele_functions._like, LEFTARG = timestamp, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.!~~(timestamp, text)') IS NULL THEN CREATE OPERATOR stele_functions.!~~ (FUNCTION = stele_functions._not_like, LEFTARG = timestamp, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.=(date, text)') IS NULL THEN CREATE OPERATOR stele_functions.= (FUNCTION = stele_functions._equal, LEFTARG = date, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.<>(date, text)') IS NULL THEN CREATE OPERATOR stele_functions.<> (FUNCTION = stele_functions._differs, LEFTARG = date, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.<(date, text)') IS NULL THEN CREATE OPERATOR stele_functions.< (FUNCTION = stele_functions._before, LEFTARG = date, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.<=(date, text)') IS NULL THEN CREATE OPERATOR stele_functions.<= (FUNCTION = stele_functions._not_after, LEFTARG = date, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.>(date, text)') IS NULL THEN CREATE OPERATOR stele_functions.> (FUNCTION = stele_functions._after, LEFTARG = date, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.>=(date, text)') IS NULL THEN CREATE OPERATOR stele_functions.>= (FUNCTION = stele_functions._not_before, LEFTARG = date, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.~~(date, text)') IS NULL THEN CREATE OPERATOR stele_functions.~~ (FUNCTION = stele_functions._like, LEFTARG = date, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.!~~(date, text)') IS NULL THEN CREATE OPERATOR stele_functions.!~~ (FUNCTION = stele_functions._not_like, LEFTARG = date, RIGHTARG = text); END IF;
	IF to_regoperator('stele_functions.=(text, timestamp)') IS NULL THEN CREATE OPERATOR stele_functions.= (FUNCTION = stele_functions._equal, LEFTARG = text, RIGHTARG = timestamp); END IF;
	IF to_regoperator('stele_functions.<>(text, timestamp)') IS NULL THEN CREATE OPERATOR stele_functions.<> (FUNCTION = stele_functions._differs, LEFTARG = text, RIGHTARG = timestamp); END IF;
	IF to_regoperator('stele_functions.<(text, timestamp)') IS NULL THEN CREATE OPERATOR stele_functions.< (FUNCTION = stele_functions._before, LEFTARG = text, RIGHTARG = timestamp); END IF;
	IF to_regoperator('stele_functions.<=(text, timestamp)') IS NULL THEN CREATE OPERATOR stele_functions.<= (FUNCTION = stele_functions._not_after, LEFTARG = text, RIGHTARG = timestamp); END IF;
	IF to_regoperator('stele_functions.>(text, timestamp)') IS NULL THEN CREATE OPERATOR stele_functions.> (FUNCTION = stele_functions._after, LEFTARG = text, RIGHTARG = timestamp); END IF;
	IF to_regoperator('stele_functions.>=(text, timestamp)') IS NULL THEN CREATE OPERATOR stele_functions.>= (FUNCTION = stele_functions._not_before, LEFTARG = text, RIGHTARG = timestamp); END IF;
	IF to_regoperator('stele_functions.=(text, date)') IS NULL THEN CREATE OPERATOR stele_functions.= (FUNCTION = stele_functions._equal, LEFTARG = text, RIGHTARG = date); END IF;
	IF to_regoperator('stele_functions.<>(text, date)') IS NULL THEN CREATE OPERATOR stele_functions.<> (FUNCTION = stele_functions._differs, LEFTARG = text, RIGHTARG = date); END IF;
	IF to_regoperator('stele_functions.<(text, date)') IS NULL THEN CREATE OPERATOR stele_functions.< (FUNCTION = stele_functions._before, LEFTARG = text, RIGHTARG = date); END IF;
	IF to_regoperator('stele_functions.<=(text, date)') IS NULL THEN CREATE OPERATOR stele_functions.<= (FUNCTION = stele_functions._not_after, LEFTARG = text, RIGHTARG = date); END IF;
	IF to_regoperator('stele_functions.>(text, date)') IS NULL THEN CREATE OPERATOR stele_functions.> (FUNCTION = stele_functions._after, LEFTARG = text, RIGHTARG = date); END IF;
	IF to_regoperator('stele_functions.>=(text, date)') IS NULL THEN CREATE OPERATOR stele_functions.>= (FUNCTION = stele_functions._not_before, LEFTARG = text, RIGHTARG = date); END IF;
	IF to_regoperator('stele_functions.%(double precision, double precision)') IS NULL THEN CREATE OPERATOR stele_functions.% (FUNCTION = stele_functions._remainder, LEFTARG = double precision, RIGHTARG = double precision); END IF;
END $$;

-- Aggregates. array_append adds in place, so that a long list costs no more for each value than a short one; with a separator of its own the text is
-- copied for each value, which a question's time bounds.
CREATE OR REPLACE FUNCTION stele_functions._joined(anycompatiblearray) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT pg_catalog.string_agg(e::pg_catalog.text, '','') FROM pg_catalog.unnest($1) e';
CREATE OR REPLACE FUNCTION stele_functions._joined(boolean[]) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT pg_catalog.string_agg(e::pg_catalog.int4::pg_catalog.text, '','') FROM pg_catalog.unnest($1) e';
CREATE OR REPLACE FUNCTION stele_functions._added(text, anycompatible, text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
	RETURN CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2::pg_catalog.text ELSE pg_catalog.concat($1, $3, $2) END;
END $$;
CREATE OR REPLACE FUNCTION stele_functions._trues(bigint, boolean) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE WHEN $2 IS NULL THEN $1 ELSE coalesce($1, 0) + $2::integer END;
CREATE OR REPLACE FUNCTION stele_functions._share(double precision[], boolean) RETURNS double precision[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	CASE WHEN $2 IS NULL THEN $1 ELSE float8_accum($1, $2::integer::double precision) END;
CREATE OR REPLACE AGGREGATE stele_functions.group_concat(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray, FINALFUNC = stele_functions._joined);
CREATE OR REPLACE AGGREGATE stele_functions.group_concat(boolean) (SFUNC = array_append, STYPE = boolean[], FINALFUNC = stele_functions._joined);
CREATE OR REPLACE AGGREGATE stele_functions.group_concat(anycompatible, text) (SFUNC = stele_functions._added, STYPE = text);
CREATE OR REPLACE AGGREGATE stele_functions.total(double precision) (SFUNC = float8pl, STYPE = double precision, INITCOND = '0');
CREATE OR REPLACE AGGREGATE stele_functions.sum(boolean) (SFUNC = stele_functions._trues, STYPE = bigint);
CREATE OR REPLACE AGGREGATE stele_functions.avg(boolean) (SFUNC = stele_functions._share, STYPE = double precision[], FINALFUNC = float8_avg, INITCOND = '{0,0,0}');
CREATE OR REPLACE AGGREGATE stele_functions.max(boolean) (SFUNC = boolor_statefunc, STYPE = boolean, FINALFUNC = pg_catalog.int4);
CREATE OR REPLACE AGGREGATE stele_functions.min(boolean) (SFUNC = booland_statefunc, STYPE = boolean, FINALFUNC = pg_catalog.int4);
