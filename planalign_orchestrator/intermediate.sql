-- What only the last year's computation needed.

select 'table' as kind, table_name as name from duckdb_tables()
where starts_with(table_name, 'int_') and table_name not in $kept
union all
select 'view', view_name from duckdb_views() where not internal and view_name not in $kept
