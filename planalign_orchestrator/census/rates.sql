-- How the rates of a column are written, in each of the files that are read at once.

select
    file,
    count(*) filter (where marked),
    count(*) filter (where not marked and rate > 1),
    count(*) filter (where not marked and rate > 0 and rate < 1),
    count(*) filter (where not marked and rate = 1)
from (
    select file, marked, as_plain_rate(bare) as rate
    from (
        select {{ file }} as file, is_marked({{ column }}) as marked, bare_rate({{ column }}, {{ comma }}) as bare
        from raw
        where {{ column }} is not null
    )
)
group by file
