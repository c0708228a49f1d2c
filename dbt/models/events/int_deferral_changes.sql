{{ config(materialized='ephemeral') }}

-- Who of those who take part on 1 January changes the deferral, and when: in answer to a new match (methodology 7), or of
-- their own will; the one rules out the other. What the rate becomes depends on the rate in force that day.
with cells as (

    select
        cells.cell,
        cells.random_seed,
        cells.deferral_change_multiplier,
        matches.match_ceiling,
        matches.known_ceiling
    from {{ ref('cells') }} as cells
    inner join {{ ref('int_match_in_force') }} as matches on cells.cell = matches.cell
    where {{ this_year('cells') }}

),

participants as (

    select
        people.cell,
        people.person_key,
        people.employee_id,
        people.last_day,
        people.opening_age,
        people.opening_compensation,
        plan_state.maximum_rate,
        least(plan_state.deferral_rate, plan_state.maximum_rate) as deferral_rate,
        cells.* exclude (cell)
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join cells on people.cell = cells.cell
    where
        plan_state.deferral_rate > 0
        and plan_state.pending_opt_out_date is null
        and {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

with_chances as (

    select
        participants.*,
        case
            when participants.match_ceiling > participants.known_ceiling then
                case
                    when participants.deferral_rate = participants.known_ceiling then income.follow_up
                    when participants.deferral_rate < participants.match_ceiling then income.move_up
                end
            when participants.match_ceiling > 0 and participants.match_ceiling < participants.known_ceiling
                and participants.deferral_rate = participants.known_ceiling
                then income.follow_down
        end as answer_chance,
        changes.stop_rate * participants.deferral_change_multiplier as stop_chance,
        changes.lower_rate * participants.deferral_change_multiplier as lower_chance,
        changes.raise_rate * participants.deferral_change_multiplier as raise_chance,
        changes.most_points
    from participants
    inner join {{ ref('participation_by_age') }} as age
        on participants.opening_age >= age.min_age and participants.opening_age < age.max_age
    inner join {{ ref('int_income_segments') }} as income
        on participants.cell = income.cell
        and participants.opening_compensation >= income.min_pay
        and participants.opening_compensation < income.max_pay
    inner join {{ ref('deferral_changes') }} as changes
        on income.income_segment = changes.income_segment and age.age_segment = changes.age_segment

),

drawn as (

    select
        *,
        case when answer_chance is null then false else {{ draw('match_response', 'employee_id') }} < answer_chance end as answers,
        {{ draw('deferral_change', 'employee_id') }} as change_draw
    from with_chances

),

changing as (

    select
        *,
        case
            when answers then 'match_response'
            when change_draw < stop_chance then 'stopped'
            when change_draw < stop_chance + lower_chance then 'lowered'
            when change_draw < stop_chance + lower_chance + raise_chance then 'raised'
        end as change,
        -- Never on 1 January, which is the day of a reduction to the plan's maximum.
        {{ year_start() }} + 1 + case
            when answers then {{ draw_days(draw('match_response_date', 'employee_id'), 89) }}
            else {{ draw_days(draw('deferral_change_date', 'employee_id'), days_in_year() ~ ' - 1') }}
        end as effective_date
    from drawn

)

select
    person_key,
    change,
    effective_date,
    -- By how much, or in answer to a match which rate at least, or at most.
    case
        when answers then least(match_ceiling, maximum_rate)
        else (1 + {{ draw_days(draw('deferral_change_points', 'employee_id'), 'most_points') }}) / 100
    end::decimal(6, 4) as points,
    match_ceiling > known_ceiling as upward
from changing
where
    change is not null
    and effective_date <= last_day
