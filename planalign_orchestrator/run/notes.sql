-- What the years' assumptions call for, then what happens to a plan in some of them.

select years || ': ' || what
from (
    select 1 as part, simulation_year::varchar as years, position, note as what
    from fct_year_notes
    union all
    select 2 as part, string_agg(simulation_year, ', ' order by simulation_year) as years, 0 as position, what
    from (
        select
            simulation_year,
            case when test in ('adp', 'acp') then upper(test) else replace(test, '_', ' ') end
            || ' test fails; planalign test shows what passing would cost' as what
        from fct_ndt_test
        where result in ('fail', 'corrected')
        union
        select simulation_year, 'a partial termination of the plan is presumed: whoever left is fully vested' as what
        from fct_yearly_summary
        where is_partial_termination
    )
    group by what
)
order by part, years, position, what
