{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- What a reader of the year's results must know about its assumptions, in sentences; most years have nothing.
with without_turnover as (

    select cell, unit, sum({{ rate('exit_probability') }})::double as expected
    from {{ ref('int_exit_forces') }}
    where not is_known_to_leave
    group by cell, unit

),

-- Where turnover runs at all, the probabilities add up to what is expected.
too_much_already as (

    select planned.cell, sum(without_turnover.expected) as expected, sum(planned.expected_exits) as asked_for
    from {{ ref('int_planned_exits') }} as planned
    inner join without_turnover on planned.cell = without_turnover.cell and planned.unit = without_turnover.unit
    where without_turnover.expected > planned.expected_exits + 0.05
    group by planned.cell

),

-- Pay of the first hires against that of the people whom the client hired in the last three years.
hire_pay as (

    select
        recent.cell,
        hires.mean_pay / recent.mean_pay - 1 as difference
    from (
        select people.cell, sum(people.current_compensation)::double / count(*) as mean_pay
        from {{ ref('int_baseline_workforce') }} as people
        inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
        where
            cells.is_first_year
            and people.hire_date > cells.census_date - interval 3 years
        group by people.cell
    ) as recent
    inner join (
        select cell, sum(annual_compensation)::double / count(*) as mean_pay
        from {{ ref('int_hiring_events') }}
        group by cell
    ) as hires on recent.cell = hires.cell

),

-- The groups that steer may lead elsewhere than the growth rate of all, which the others cannot make up for then.
led_elsewhere as (

    select
        cell,
        sum(target_headcount)::integer as target,
        max(floor(headcount_path + 0.5)) filter (where unit = '')::integer as asked_for
    from {{ ref('int_planned_exits') }}
    group by cell
    having sum(opening_headcount) > 0

),

left_out as (

    select
        people.cell,
        people.person_key,
        people.eligibility_date,
        excluded.source,
        excluded.group_name,
        excluded.unit
    from {{ ref('fct_workforce_snapshot') }} as people
    inner join {{ ref('excluded_groups') }} as excluded
        on people.cell = excluded.cell and map_extract_value(people.groups, excluded.group_name) = excluded.unit
    where
        {{ this_year('people') }}
        and {{ this_year('excluded') }}

),

-- A rule of entry lets nobody go who is in.
staying as (

    select cell, count(distinct person_key) as number
    from left_out
    where
        source = 'plan'
        and eligibility_date is not null
    group by cell

),

-- Likely a misspelled group.
left_out_in_vain as (

    select cell, group_name, unit
    from {{ ref('excluded_groups') }}
    where {{ this_year() }}
    except
    select cell, group_name, unit
    from left_out

),

told as (

    select
        cell,
        1 as position,
        printf(
            'Retirements, deaths, disabilities and exits of recent hires alone come to %.1f; the turnover rate asks for %.1f exits, so nobody else leaves.',
            expected, asked_for
        ) as note
    from too_much_already

    union all

    select
        cell,
        2 as position,
        printf(
            'New hires are paid %.0f%% %s on average than the people hired in the three years before the census date; '
            || 'set compensation of the levels or workforce.new_hires.pay_factor.',
            100 * abs(difference), case when difference > 0 then 'more' else 'less' end
        ) as note
    from hire_pay
    where abs(difference) > 0.15

    union all

    select
        cell,
        3 as position,
        printf('The groups that steer lead to %d people in all; the growth rate asks for %d.', target, asked_for) as note
    from led_elsewhere
    where target <> asked_for

    union all

    select
        cell,
        4 as position,
        printf('Of the groups that entry leaves out, people who have entered before stay: %d.', number) as note
    from staying

    union all

    select
        cell,
        4 + row_number() over (partition by cell order by group_name, unit) as position,
        printf('Entry leaves out people with %s %s, but there are none.', group_name, unit) as note
    from left_out_in_vain

)

select
    cells.cell,
    cells.scenario_id,
    cells.plan_design_id,
    cells.simulation_year,
    told.position,
    told.note
from told
inner join {{ ref('cells') }} as cells on told.cell = cells.cell and {{ this_year('cells') }}
