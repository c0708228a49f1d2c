-- What simulated futures say, the values of all futures by measure and year: reads the tables of a run.
with futures as (
    select cell, simulation_year as year, 'headcount' as measure, closing_headcount::double as value from fct_yearly_summary
    union all
    select cell, simulation_year, 'payroll', closing_payroll from fct_yearly_summary
    union all
    select cell, simulation_year, 'participation', participants / nullif(closing_headcount, 0) from fct_yearly_summary
    union all
    select cell, simulation_year, 'exits', experienced_exits from fct_yearly_summary
    union all
    select cell, simulation_year, 'raise', growth_same_people from fct_compensation_growth
    union all
    select cell, simulation_year, 'exits: service ' || group_name, exits
    from fct_plan_by_group
    where group_type = 'opening_tenure_band' and group_name is not null
    union all
    select cell, simulation_year, 'hire_pay', avg(current_compensation)
    from fct_workforce_snapshot
    where detailed_status_code = 'new_hire_active'
    group by cell, simulation_year
)

select measure, year, list(value) from futures where value is not null group by all
