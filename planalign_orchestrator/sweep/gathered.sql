-- The parts of a table together, with the names of their cells, in an order that does not hang on who made which part.
copy (
    select coalesce(plan, '') as plan, alternative, seed, rows.*
    from (select distinct * from {{ parts }}) as rows
    inner join cells using (key)
    order by all
) to '{{ path }}' (format parquet, compression zstd)
