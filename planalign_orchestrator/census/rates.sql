-- How the rates of a column are written, in each of the files that are read at once.

select
    file,
    count(*) filter (where marked),
    count(*) filter (where not marked and rate > 1),
    count(*) filter (where not marked and rate > 0 and rate < 1),
    count(*) filter (where not marked and rate = 1)
from (
    select file, marked, {{ understood }} as rate
    from (
        select {{ file }} as file, is_marked({{ column }}) as marked, {{ uniform }} as {{ column }}
        from raw
        where {{ column }} is not null
    )
)
group by file
