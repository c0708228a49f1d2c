{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

{%- set groups = [
    'age_band', 'tenure_band', 'level', 'pay_band', 'enrollment_source', 'deferral_band', 'termination_reason',
    'opening_age_band', 'opening_tenure_band', 'opening_level'] %}
{%- set counts = [
    'opening_headcount', 'closing_headcount', 'exits', 'promotions', 'eligible', 'participants',
    'people_with_employer_money'] %}
{%- set amounts = [
    'payroll', 'employee_contributions', 'employer_match', 'employer_core', 'total_employer_contributions',
    'forfeitures'] %}
{%- set expectations = ['expected_exits', 'expected_promotions', 'deferral_rates'] %}
{%- set measures -%}
count(opening_age_band) as opening_headcount,
        count(*) filter (where is_active) as closing_headcount,
        count(*) filter (where not is_active) as exits,
        sum(exit_probability) as expected_exits,
        count(*) filter (where is_promoted) as promotions,
        sum(promotion_probability) filter (where opening_age_band is not null) as expected_promotions,
        count(*) filter (where is_active and is_eligible) as eligible,
        count(*) filter (where is_active and is_enrolled) as participants,
        sum(deferral_rate) filter (where is_active and is_enrolled) as deferral_rates,
        sum(prorated_annual_compensation) as payroll,
        sum(employee_contributions) as employee_contributions,
        sum(employer_match) as employer_match,
        sum(employer_core) as employer_core,
        sum(total_employer_contributions) as total_employer_contributions,
        count(*) filter (where total_employer_contributions > 0) as people_with_employer_money,
        sum(forfeiture_amount) as forfeitures
{%- endset %}

-- The year by age, service, level, pay, way of enrollment, deferral and reason of exit, one row a group: who is here, who
-- takes part, who gets how much. The `opening_` groups hold the opening workforce by what the hazards saw, with the
-- exits and promotions to expect from them.
with cells as (

    select
        cell,
        scenario_id,
        plan_design_id,
        promotion_date,
        {{ latest_start('to_years(promotion_minimum_service_years)', 'promotion_date') }} as hired_by
    from {{ ref('cells') }}
    where {{ this_year() }}

),

snapshot as (

    select
        people.cell,
        people.person_key,
        age_band,
        tenure_band,
        level_id,
        {{ pay_band() }} as pay_band,
        {{ enrolled_by() }} as enrollment_source,
        {{ deferral_band() }} as deferral_band,
        termination_reason,
        employment_status = 'active' as is_active,
        is_eligible,
        is_enrolled,
        deferral_rate,
        prorated_annual_compensation,
        employee_contributions,
        employer_match,
        employer_core,
        total_employer_contributions,
        forfeiture_amount,
        groups,
        coalesce(termination_date >= cells.promotion_date, true) and people.hire_date <= cells.hired_by as is_here_for_promotions
    from {{ ref('fct_workforce_snapshot') }} as people
    inner join cells on people.cell = cells.cell
    where {{ this_year('people') }}

),

age_bands as ({{ factors_by_year('age_bands', 'age_band', 'min_age', 'max_age') }}),

tenure_bands as ({{ factors_by_year('tenure_bands', 'tenure_band', 'min_years', 'max_years') }}),

opening as (

    select
        people.cell,
        people.person_key,
        age_bands.age_band,
        tenure_bands.tenure_band,
        people.level_id,
        forces.exit_probability,
        people.promotion_probability
    from {{ ref('int_opening_workforce') }} as people
    inner join {{ ref('int_exit_forces') }} as forces on people.person_key = forces.person_key
    inner join age_bands on greatest(people.opening_age, 0) = age_bands.completed_years
    inner join tenure_bands on greatest(people.opening_tenure, 0) = tenure_bands.completed_years

),

people as (

    select
        snapshot.* exclude (level_id),
        snapshot.level_id::varchar as level,
        opening.age_band as opening_age_band,
        opening.tenure_band as opening_tenure_band,
        opening.level_id::varchar as opening_level,
        coalesce(snapshot.level_id > opening.level_id, false) as is_promoted,
        {{ rate('opening.exit_probability') }} as exit_probability,
        {{ rate('case when snapshot.is_here_for_promotions then least(opening.promotion_probability, 1) else 0 end') }}
            as promotion_probability
    from snapshot
    left join opening on snapshot.person_key = opening.person_key

),

-- People who are alike in every group: a tenth as many rows or fewer, which then go into ten groupings.
alike as (

    select
        cell,
        {{ groups | join(', ') }},
        {{ measures }}
    from people
    group by cell, {{ groups | join(', ') }}

),

by_census_group as (

    select cell, census_group.key as group_type, census_group.value as group_name, {{ measures }}
    from (select *, unnest(map_entries(groups)) as census_group from people)
    group by cell, census_group.key, census_group.value

),

memberships as (

    select
        alike.*,
        unnest([
            {%- for name in groups %}
            {'group_type': '{{ name }}', 'group_name': {{ name }}::varchar}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as membership
    from alike

),

grouped as (

    select
        cell,
        membership.group_type as group_type,
        membership.group_name as group_name
        {%- for name in counts %},
        sum({{ name }})::bigint as {{ name }}
        {%- endfor %}
        {%- for name in amounts %},
        sum({{ name }})::decimal(18, 2) as {{ name }}
        {%- endfor %}
        {%- for name in expectations %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
    from memberships
    group by cell, membership.group_type, membership.group_name

    union all

    select
        cell,
        group_type,
        group_name
        {%- for name in counts %},
        {{ name }}::bigint
        {%- endfor %}
        {%- for name in amounts %},
        {{ name }}::decimal(18, 2)
        {%- endfor %},
        {{ expectations | join(', ') }}
    from by_census_group

)

select
    cells.cell,
    cells.scenario_id,
    cells.plan_design_id,
    {{ var('simulation_year') }} as simulation_year,
    group_type,
    group_name,
    opening_headcount,
    closing_headcount,
    exits,
    expected_exits::decimal(18, 6) as expected_exits,
    promotions,
    expected_promotions::decimal(18, 6) as expected_promotions,
    eligible,
    participants,
    {{ share('participants', 'eligible') }} as participation_rate,
    {{ share('deferral_rates', 'participants') }} as mean_deferral_rate,
    payroll,
    employee_contributions,
    employer_match,
    employer_core,
    total_employer_contributions,
    people_with_employer_money,
    forfeitures
from grouped
inner join cells on grouped.cell = cells.cell
where group_name is not null
