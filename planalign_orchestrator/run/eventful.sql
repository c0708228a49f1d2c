-- What happens to a plan in some of the years.
select string_agg(simulation_year, ', ' order by simulation_year) as years, what
from (
    select
        simulation_year,
        case when test in ('adp', 'acp') then upper(test) else replace(test, '_', ' ') end
        || ' test fails; planalign test shows what passing would cost' as what
    from fct_ndt_test
    where result in ('fail', 'corrected')
    union
    select simulation_year, 'a partial termination of the plan is presumed: whoever left is fully vested'
    from fct_yearly_summary
    where is_partial_termination
)
group by what
order by years, what
