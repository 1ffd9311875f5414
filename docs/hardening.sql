-- For who owns the database server: what every role may read of its catalogs and call of its functions by default, taken from PUBLIC, so that
-- an agent's question that got past Stele's parser finds nothing there. Run it as the superuser, in Stele's database alone: other programs in it
-- would need the same rights given to them by name. "stele" is the role of the database's URL. After an upgrade of the server run it again.

-- Other databases of the server: no agent's role has any business there. For each of them, if its own users have the right by name:
-- REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE stele FROM PUBLIC;

-- What Stele itself needs stays Stele's.
GRANT SELECT ON ALL TABLES IN SCHEMA pg_catalog TO stele;
REVOKE SELECT ON pg_catalog.pg_authid, pg_catalog.pg_statistic FROM stele;
REVOKE SELECT ON ALL TABLES IN SCHEMA pg_catalog FROM PUBLIC;
REVOKE SELECT ON ALL TABLES IN SCHEMA information_schema FROM PUBLIC;

DO $$
DECLARE f regprocedure;
BEGIN
	FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND (
		proname IN ('set_config', 'current_setting', 'query_to_xml', 'query_to_xmlschema', 'query_to_xml_and_xmlschema', 'cursor_to_xml', 'cursor_to_xmlschema',
			'table_to_xml', 'schema_to_xml', 'database_to_xml', 'pg_notify', 'pg_export_snapshot', 'txid_current', 'pg_current_xact_id', 'ts_stat', 'ts_rewrite',
			'version', 'inet_server_addr', 'inet_server_port')
		OR proname ~ '^(pg_sleep|pg_(try_)?advisory_|lo_|lowrite|loread|pg_(cancel|terminate)_backend|pg_ls_|pg_read_|pg_stat_get_|pg_get_)')
	LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO stele', f);
	END LOOP;
END $$;

-- Files of sorts and joins that do not fit in memory can be bounded by the superuser alone. This bounds each session of the database; Stele bounds the
-- time and work_mem of a question.
ALTER DATABASE stele SET temp_file_limit = '1GB';
