{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_needs') }}

-- What everybody who is employed at some time of the year brings into it as a participant; hires have nothing but a date
-- of entry, and none where their job class or group is excluded.
with cells as (

    select
        cells.*,
        excluded.* exclude (cell),
        {%- for rule in ('entry', 'match_entry', 'core_entry') %}
        {{ months_between_entries(rule) }} as {{ rule }}_months{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('cells') }} as cells
    left join {{ excluded_groups() }} as excluded on cells.cell = excluded.cell
    where {{ this_year('cells') }}

),

meeting as (

    select
        hires.cell,
        hires.person_key,
        {{ draw('eligibility_exclusion', 'hires.employee_id', 0, seed='cells.random_seed') }} >= cells.new_hire_ineligible_rate
            as plan_eligible,
        {%- for rule in ('entry', 'match_entry', 'core_entry') %}
        {{ may_enter_on(rule, 'hires') }} as {{ rule }}_met_on,
        {%- endfor %}
        cells.maximum_deferral_rate as plan_maximum_rate,
        {{ highest_election('cells.maximum_deferral_rate', 'hires.birth_date') }} as maximum_rate
    from {{ ref('int_hiring_events') }} as hires
    inner join cells on hires.cell = cells.cell
    where {{ in_slice('hires.person_key') }}

),

hired as (

    select
        meeting.*,
        case when meeting.plan_eligible then {{ entry_by_rule('meeting.entry_met_on', 'entry') }} end as entered_on,
        {{ entry_by_rule('meeting.match_entry_met_on', 'match_entry') }} as match_entry_by_rule,
        {{ entry_by_rule('meeting.core_entry_met_on', 'core_entry') }} as core_entry_by_rule
    from meeting
    inner join cells on meeting.cell = cells.cell

)

select *
from {{ ref('int_opening_plan_state') }}

union all by name

select
    cell,
    person_key,
    0::decimal(6, 4) as deferral_rate,
    plan_eligible,
    plan_maximum_rate,
    maximum_rate,
    entered_on as eligibility_date,
    {{ later_of('entered_on', 'match_entry_by_rule') }} as match_entry_date,
    {{ later_of('entered_on', 'core_entry_by_rule') }} as core_entry_date,
    false as ever_opted_out,
    0 as escalation_count,
    false as auto_escalation_opt_out,
    0::decimal(18, 2) as employer_match_balance,
    0::decimal(18, 2) as employer_core_balance
from hired
