-- How many people a plausibility rule hits, with the first of them, where it tells enough to be said.

select hits, example
from (
    select
        count(*) filter (where hit) as hits,
        count(*) as people,
        min(row_number) filter (where hit) as example,
        max(hire_date) as newest,
        count(*) filter (where deferral_rate > 0) as deferring,
        sum(annual_compensation) filter (where hit and assumed > 0) / sum(assumed) filter (where hit) as paid
    from (select *, coalesce({{ who }}, false) as hit, {{ assumed }} as assumed from typed)
)
where hits > 0 and {{ when }}
