{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- What leavers have forfeited and the plan has not used yet. It pays for contributions so far as there are any, so that
-- the employer's cost is never below zero, or for expenses of the plan. What is reallocated is part of the contributions:
-- used is what people keep of it after the 415(c) limit.
with money as (

    select
        cell,
        sum(forfeiture_amount) as forfeited,
        sum(total_employer_contributions) as contributed
    from {{ ref('fct_workforce_snapshot') }}
    where {{ this_year() }}
    group by cell

),

reallocated as (

    select
        snapshot.cell,
        sum(greatest(snapshot.employer_core - (cores.core_before_limit - cores.reallocated_forfeitures), 0)) as kept
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join {{ ref('fct_employer_core') }} as cores on snapshot.person_key = cores.person_key and {{ this_year('cores') }}
    where
        {{ this_year('snapshot') }}
        and cores.reallocated_forfeitures > 0
    group by snapshot.cell

),

account as (

    select
        cells.cell,
        cells.scenario_id,
        cells.plan_design_id,
        cells.forfeitures_used_for,
        cells.forfeitures_used_in,
        coalesce(before.closing_balance, 0) as opening_balance,
        coalesce(money.forfeited, 0) as forfeited,
        coalesce(money.contributed, 0) as contributed,
        coalesce(reallocated.kept, 0) as kept
    from {{ ref('cells') }} as cells
    left join money on cells.cell = money.cell
    left join reallocated on cells.cell = reallocated.cell
    left join {{ source('state', 'fct_forfeiture_account') }} as before
        on cells.cell = before.cell
            and {{ this_year('before', offset=-1) }}
    where {{ this_year('cells') }}

),

used as (

    select
        *,
        opening_balance + case when forfeitures_used_in = 'same_year' then forfeited else 0 end as available,
        case forfeitures_used_for when 'offset' then least(available, contributed) when 'reallocate' then kept else 0 end
            as offset_amount,
        case when forfeitures_used_for = 'expenses' then available else 0 end as expenses_paid
    from account

)

select
    cell,
    scenario_id,
    plan_design_id,
    {{ var('simulation_year') }} as simulation_year,
    opening_balance::decimal(18, 2) as opening_balance,
    forfeited::decimal(18, 2) as forfeited,
    offset_amount::decimal(18, 2) as offset_amount,
    expenses_paid::decimal(18, 2) as expenses_paid,
    (opening_balance + forfeited - offset_amount - expenses_paid)::decimal(18, 2) as closing_balance
from used
