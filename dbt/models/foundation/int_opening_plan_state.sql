{{ config(materialized='table', tags=['heavy_transform'], sliced_over='previous_state') }}

-- What the opening workforce brings into the year as participants: entry, enrollment, deferral rate, employer money. It
-- stands apart from the workforce, so that plan designs share one workforce to the person.
with cells as (

    select
        cells.*,
        {{ columns_of_entry('cells') }} <> {{ columns_of_entry('earlier') }} as has_another_entry_rule
    from {{ ref('int_cells') }} as cells
    left join {{ ref('cells') }} as earlier
        on cells.cell = earlier.cell
            and {{ this_year('earlier', offset=-1) }}

),

census_people as (

    select
        people.*,
        cells.census_date,
        case when people.plan_eligible then {{ entry_by_rule('entry', 'people') }} end as entry_date_by_rule,
        {{ entry_by_rule('match_entry', 'people') }} as match_entry_by_rule,
        {{ entry_by_rule('core_entry', 'people') }} as core_entry_by_rule,
        {{ maximum_rate(is_highly_compensated('people.prior_year_compensation', 'true')) }} as maximum_rate
    from {{ ref('int_baseline_workforce') }} as people
    inner join cells on people.cell = cells.cell
    inner join {{ ref('int_plan_year_limits') }} as limits on people.cell = limits.cell
    left join {{ ref('int_top_paid_group') }} as top_paid
        on people.cell = top_paid.cell and people.employee_id = top_paid.employee_id
    where
        cells.is_first_year
        and {{ in_slice('people.person_key') }}

),

-- Somebody who already contributes is eligible, whatever the rule would say today.
entered as (

    select
        *,
        case
            when not plan_eligible then null
            when deferral_rate > 0
                then least(coalesce(eligibility_date, entry_date_by_rule), coalesce(enrollment_date, census_date), census_date)
            else coalesce(eligibility_date, entry_date_by_rule)
        end as entered_on
    from census_people

),

-- An amended rule holds for those who have not entered; nobody who has entered leaves again.
carried as (

    select
        people.*,
        {{ entry_by_rule('entry', 'people') }} as entry_date_by_rule,
        {{ entry_by_rule('match_entry', 'people') }} as match_entry_by_rule,
        {{ entry_by_rule('core_entry', 'people') }} as core_entry_by_rule,
        {{ maximum_rate(is_highly_compensated('people.prorated_annual_compensation', 'true')) }} as maximum_rate,
        cells.has_another_entry_rule
            and people.plan_eligible
            and coalesce(people.eligibility_date > {{ year_end(-1) }}, true) as enters_by_another_rule
    from {{ source('state', 'fct_workforce_snapshot') }} as people
    inner join cells on people.cell = cells.cell
    inner join {{ ref('int_plan_year_limits') }} as limits on people.cell = limits.cell
    left join {{ ref('int_top_paid_group') }} as top_paid
        on people.cell = top_paid.cell and people.employee_id = top_paid.employee_id
    where
        {{ this_year('people', offset=-1) }}
        and people.employment_status = 'active'
        and {{ in_slice('people.person_key') }}

),

entering as (

    select
        *,
        case
            when enters_by_another_rule then {{ later_of('entry_date_by_rule', year_start()) }}
            else eligibility_date
        end as entered_on
    from carried

)

select
    cell,
    person_key,
    deferral_rate,
    entered_on as eligibility_date,
    {{ later_of('entered_on', 'match_entry_by_rule') }} as match_entry_date,
    {{ later_of('entered_on', 'core_entry_by_rule') }} as core_entry_date,
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
    plan_eligible,
    maximum_rate,
    own_roth_share,
    employer_core_balance,
    null::decimal(6, 4) as opening_match_vested_percentage,
    null::decimal(6, 4) as opening_core_vested_percentage
from entered

union all

select
    cell,
    person_key,
    deferral_rate,
    entered_on as eligibility_date,
    {%- for source in ('match', 'core') %}
    case
        when {{ source }}_entry_date <= {{ year_end(-1) }} then {{ source }}_entry_date
        when entered_on is not null and {{ source }}_entry_by_rule is not null
            then greatest(entered_on, {{ source }}_entry_by_rule, {{ year_start() }})
    end as {{ source }}_entry_date,
    {%- endfor %}
    enrollment_date,
    enrollment_source,
    ever_opted_out,
    opt_out_date,
    escalation_count,
    auto_escalation_opt_out,
    pending_enrollment_date,
    pending_enrollment_rate,
    pending_enrollment_source,
    pending_opt_out_date,
    vesting_service_at_census,
    employer_match_balance,
    plan_eligible,
    maximum_rate,
    own_roth_share,
    employer_core_balance,
    match_vested_percentage,
    core_vested_percentage
from entering
