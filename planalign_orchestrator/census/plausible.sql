-- Which findings of plausible.ini are told, by figures about all people.

select {{ tell | join(", ") }}
from (
    select
        count(*) as people,
        max(hire_date) as newest,
        count(*) filter (where deferral_rate > 0) as deferring,
        sum(annual_compensation) filter (where is_recent and assumed > 0) / sum(assumed) filter (where is_recent) as paid
    from (
        select *, {{ assumed }} as assumed, coalesce(hire_date > date '{{ as_of }}' - interval 3 year, false) as is_recent
        from typed
    )
)
