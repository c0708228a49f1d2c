{{ config(materialized='ephemeral') }}

-- Forfeited + vested = accumulated employer money at exit; nothing for those who stay or are fully vested; the event
-- says the same as the snapshot; balances carry over from year to year, and nobody's vested share falls.
with snapshot as (

    select
        cell, person_key, employee_id, employment_status, employer_match, employer_core, employer_balance,
        employer_match_balance, employer_core_balance, match_vested_percentage, core_vested_percentage, forfeiture_amount, age,
        termination_reason
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

forfeited as (

    select person_key, sum(forfeiture_amount) as amount
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}
        and event_type = 'forfeiture'
    group by person_key

),

-- The whole workforce, whatever the slice.
turnover as (

    select
        snapshot.cell,
        any_value(cells.partial_termination) = 'presume' and 5 * count(*) filter (
            where snapshot.termination_reason in ('involuntary', 'reduction_in_force')
        ) >= count(*) as is_partial_termination
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join {{ ref('cells') }} as cells on snapshot.cell = cells.cell and {{ this_year('cells') }}
    where
        {{ this_year('snapshot') }}
        and snapshot.is_eligible
    group by snapshot.cell

),

checked as (

    select
        snapshot.*,
        turnover.is_partial_termination and snapshot.employment_status = 'terminated'
            and snapshot.match_vested_percentage + snapshot.core_vested_percentage < 2 as is_cut_off_and_not_vested,
        list_contains(cells.full_vesting_at, snapshot.termination_reason)
            and snapshot.match_vested_percentage + snapshot.core_vested_percentage < 2 as is_stricken_and_not_vested,
        coalesce(forfeited.amount, 0) as event_amount,
        snapshot.age >= cells.normal_retirement_age
            and snapshot.match_vested_percentage + snapshot.core_vested_percentage < 2 as is_old_and_not_vested,
        plan_state.employer_match_balance + plan_state.employer_core_balance as opening_balance,
        coalesce(
            snapshot.match_vested_percentage < plan_state.opening_match_vested_percentage
            or snapshot.core_vested_percentage < plan_state.opening_core_vested_percentage,
            false
        ) as has_lost_vesting,
        (snapshot.employer_match_balance * snapshot.match_vested_percentage)::double
            + (snapshot.employer_core_balance * snapshot.core_vested_percentage)::double as vested
    from snapshot
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on snapshot.person_key = plan_state.person_key
    inner join {{ ref('cells') }} as cells on snapshot.cell = cells.cell and {{ this_year('cells') }}
    left join turnover on snapshot.cell = turnover.cell
    left join forfeited on snapshot.person_key = forfeited.person_key

),

-- What people keep of forfeitures that are reallocated: 415(c) takes the share before the rest of the core.
reallocated as (

    select
        cores.cell,
        sum(snapshot.employer_core - least(snapshot.employer_core, cores.core_before_limit - cores.reallocated_forfeitures)) as amount
    from {{ ref('fct_employer_core') }} as cores
    inner join {{ ref('fct_workforce_snapshot') }} as snapshot
        on cores.person_key = snapshot.person_key
            and {{ this_year('snapshot') }}
    where
        {{ this_year('cores') }}
        and cores.reallocated_forfeitures > 0
    group by cores.cell

)

select
    cell,
    case
        when has_lost_vesting then 'vesting_never_falls'
        when employment_status = 'active' and forfeiture_amount <> 0 then 'only_leavers_forfeit'
        when match_vested_percentage = 1 and core_vested_percentage = 1 and forfeiture_amount <> 0 then 'vested_money_stays'
        when event_amount <> forfeiture_amount then 'event_says_the_same'
        when employer_balance <> opening_balance + employer_match + employer_core then 'balance_carries_over'
        when is_old_and_not_vested then 'vested_at_retirement_age'
        when is_cut_off_and_not_vested then 'vested_at_partial_termination'
        when is_stricken_and_not_vested then 'vested_at_death_and_disability'
        else 'forfeited_and_vested_is_all'
    end as rule,
    employee_id,
    concat('forfeited ', forfeiture_amount, ' of ', employer_balance) as detail
from checked
where
    has_lost_vesting
    or (employment_status = 'active' and forfeiture_amount <> 0)
    or (match_vested_percentage = 1 and core_vested_percentage = 1 and forfeiture_amount <> 0)
    or event_amount <> forfeiture_amount
    or employer_balance <> opening_balance + employer_match + employer_core
    or employer_balance <> employer_match_balance + employer_core_balance
    or is_old_and_not_vested
    or is_cut_off_and_not_vested
    or is_stricken_and_not_vested
    or forfeiture_amount > employer_balance
    -- Each of the two accounts rounds to the cent.
    or (employment_status = 'terminated' and abs(vested + forfeiture_amount::double - employer_balance::double) > 0.0101)

union all

select
    account.cell,
    'account_adds_up' as rule,
    '*' as employee_id,
    concat('used ', account.offset_amount, ', closing ', account.closing_balance) as detail
from {{ ref('fct_forfeiture_account') }} as account
inner join {{ ref('cells') }} as cells on account.cell = cells.cell and {{ this_year('cells') }}
left join reallocated on account.cell = reallocated.cell
where
    {{ this_year('account') }}
    and (
        account.closing_balance <> account.opening_balance + account.forfeited - account.offset_amount - account.expenses_paid
        or least(account.closing_balance, account.offset_amount, account.expenses_paid) < 0
        or (cells.forfeitures_used_for = 'reallocate' and account.offset_amount <> coalesce(reallocated.amount, 0))
    )
