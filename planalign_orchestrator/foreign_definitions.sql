-- Views, but for those that a run makes, and macros: no run makes any.

select view_name from duckdb_views() where not internal and view_name not in ?
union all
select function_name from duckdb_functions() where not internal
order by 1
