{{ config(materialized='table', tags=['heavy_transform'], sliced_over='previous_state') }}

-- What the opening workforce brings into the year as participants: entry, enrollment, deferral rate, employer money. It
-- stands apart from the workforce, so that plan designs share one workforce to the person.
with cells as (

    select
        cells.cell,
        cells.is_first_year,
        cells.census_date,
        cells.entry_minimum_age,
        cells.entry_waiting_days,
        cells.entry_dates,
        (cells.entry_minimum_age, cells.entry_waiting_days, cells.entry_dates)
            <> (earlier.entry_minimum_age, earlier.entry_waiting_days, earlier.entry_dates) as has_another_entry_rule
    from {{ ref('int_cells') }} as cells
    left join {{ ref('cells') }} as earlier
        on cells.cell = earlier.cell
            and {{ this_year('earlier', offset=-1) }}

),

census_people as (

    select
        people.*,
        cells.census_date,
        case when people.plan_eligible then {{ plan_entry('people.birth_date', 'people.hire_date') }} end as entry_date_by_rule
    from {{ ref('int_baseline_workforce') }} as people
    inner join cells on people.cell = cells.cell
    where
        cells.is_first_year
        and {{ in_slice('people.person_key') }}

)

select
    cell,
    person_key,
    deferral_rate,
    -- Somebody who already contributes is eligible, whatever the rule would say today.
    case
        when not plan_eligible then null
        when deferral_rate > 0
            then least(coalesce(eligibility_date, entry_date_by_rule), coalesce(enrollment_date, census_date), census_date)
        else coalesce(eligibility_date, entry_date_by_rule)
    end as eligibility_date,
    case when deferral_rate > 0
        then least(coalesce(enrollment_date, eligibility_date, entry_date_by_rule, census_date), census_date)
    end as enrollment_date,
    case when deferral_rate > 0 then 'census' end as enrollment_source,
    false as ever_opted_out,
    null::date as opt_out_date,
    0 as escalation_count,
    auto_escalation_opt_out,
    null::date as pending_enrollment_date,
    null::decimal(6, 4) as pending_enrollment_rate,
    null::varchar as pending_enrollment_source,
    null::date as pending_opt_out_date,
    vesting_service_at_census,
    employer_match_balance,
    employer_core_balance,
    null::decimal(6, 4) as opening_match_vested_percentage,
    null::decimal(6, 4) as opening_core_vested_percentage
from census_people

union all

select
    people.cell,
    people.person_key,
    people.deferral_rate,
    -- An amended rule holds for those who have not entered; nobody who has entered leaves again.
    case
        when cells.has_another_entry_rule and people.eligibility_date > {{ year_end(-1) }}
            then greatest({{ plan_entry('people.birth_date', 'people.hire_date') }}, {{ year_start() }})
        else people.eligibility_date
    end as eligibility_date,
    people.enrollment_date,
    people.enrollment_source,
    people.ever_opted_out,
    people.opt_out_date,
    people.escalation_count,
    people.auto_escalation_opt_out,
    people.pending_enrollment_date,
    people.pending_enrollment_rate,
    people.pending_enrollment_source,
    people.pending_opt_out_date,
    people.vesting_service_at_census,
    people.employer_match_balance,
    people.employer_core_balance,
    people.match_vested_percentage,
    people.core_vested_percentage
from {{ source('state', 'fct_workforce_snapshot') }} as people
inner join cells on people.cell = cells.cell
where
    {{ this_year('people', offset=-1) }}
    and people.employment_status = 'active'
    and {{ in_slice('people.person_key') }}
