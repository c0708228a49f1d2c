select distinct schema_name, table_name from duckdb_columns()
join duckdb_tables() using (database_oid, schema_oid, table_oid, schema_name, table_name)
where column_name = 'simulation_year' order by all
