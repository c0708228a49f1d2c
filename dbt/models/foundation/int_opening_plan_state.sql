{{ config(materialized='ephemeral') }}

{%- set sources = ('match', 'core') %}

-- What the opening workforce brings into the year as participants: entry, enrollment, deferral rate, employer money. It
-- stands apart from the workforce, so that plan designs share one workforce to the person.
with cells as (

    select
        cells.*,
        {%- for rule in ('entry', 'match_entry', 'core_entry') %}
        {{ months_between_entries(rule) }} as {{ rule }}_months,
        {%- endfor %}
        excluded.* exclude (cell),
        (
            {{ columns_of_entry('cells') }} <> {{ columns_of_entry('earlier') }}
            or coalesce(excluded.entry_excluded, []) <> coalesce(excluded_earlier.entry_excluded, [])
        ) as has_another_entry_rule
    from {{ ref('cells') }} as cells
    left join {{ ref('cells') }} as earlier
        on cells.cell = earlier.cell
            and {{ this_year('earlier', offset=-1) }}
    left join {{ excluded_groups() }} as excluded on cells.cell = excluded.cell
    left join {{ excluded_groups(offset=-1) }} as excluded_earlier on cells.cell = excluded_earlier.cell
    where {{ this_year('cells') }}

),

people as (

    -- The census says nothing of what the plan has done before. The source and date of an enrollment count for those who
    -- defer alone; others get both with their enrollment.
    select
        cell,
        person_key,
        employee_id,
        birth_date,
        hire_date,
        scheduled_hours_per_week,
        is_five_percent_owner,
        groups,
        prior_year_compensation as pay_last_year,
        true as is_of_census,
        plan_eligible,
        eligibility_date,
        enrollment_date,
        {{ the_word('enrollment_source', 'census') }} as enrollment_source,
        deferral_rate,
        own_roth_share,
        false as ever_opted_out,
        0 as escalation_count,
        auto_escalation_opt_out,
        vesting_service_at_census,
        employer_match_balance,
        employer_core_balance
    from {{ ref('int_baseline_workforce') }}
    where {{ in_slice('person_key') }}

    union all by name

    select
        cell,
        person_key,
        employee_id,
        birth_date,
        hire_date,
        scheduled_hours_per_week,
        is_five_percent_owner,
        groups,
        prorated_annual_compensation as pay_last_year,
        false as is_of_census,
        plan_eligible,
        eligibility_date,
        match_entry_date,
        core_entry_date,
        enrollment_date,
        enrollment_source,
        deferral_rate,
        own_roth_share,
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
        employer_core_balance,
        match_vested_percentage,
        core_vested_percentage
    from {{ source('state', 'fct_workforce_snapshot') }}
    where
        {{ this_year(offset=-1) }}
        and employment_status = 'active'
        and {{ in_slice('person_key') }}

),

-- Age and service, by the rule of each source of money, for those whom it has not let in.
meeting as (

    select
        people.*,
        case when {{ is_outside('people.eligibility_date') }} then {{ may_enter_on('entry', 'people') }} end as met_on,
        {%- for source in sources %}
        case when {{ is_outside('people.' ~ source ~ '_entry_date') }} then {{ may_enter_on(source ~ '_entry', 'people') }} end
            as {{ source }}_met_on,
        {%- endfor %}
        {{ maximum_rate(is_highly_compensated('people.pay_last_year', 'true')) }} as plan_maximum_rate,
        {{ highest_election('plan_maximum_rate', 'people.birth_date', 'people.pay_last_year') }} as maximum_rate
    from people
    inner join cells on people.cell = cells.cell and people.is_of_census = cells.is_first_year
    inner join {{ ref('int_plan_year_limits') }} as limits on people.cell = limits.cell
    left join {{ ref('int_top_paid_group') }} as top_paid
        on people.cell = top_paid.cell and people.employee_id = top_paid.employee_id

),

by_rule as (

    select
        meeting.*,
        cells.census_date,
        case when meeting.plan_eligible then {{ entry_by_rule('meeting.met_on', 'entry') }} end as entry_date_by_rule,
        {%- for source in sources %}
        {{ entry_by_rule('meeting.' ~ source ~ '_met_on', source ~ '_entry') }} as {{ source }}_entry_by_rule,
        {%- endfor %}
        cells.has_another_entry_rule
            and meeting.plan_eligible
            and {{ is_outside('meeting.eligibility_date') }} as enters_by_another_rule
    from meeting
    inner join cells on meeting.cell = cells.cell

),

entering as (

    select
        *,
        case
            when is_of_census and not plan_eligible then null
            -- Somebody who already contributes is eligible, whatever the rule would say today.
            when is_of_census and deferral_rate > 0
                then least(coalesce(eligibility_date, entry_date_by_rule), coalesce(enrollment_date, census_date), census_date)
            when is_of_census then coalesce(eligibility_date, entry_date_by_rule)
            -- An amended rule holds for those who have not entered; nobody who has entered leaves again.
            when enters_by_another_rule then {{ later_of('entry_date_by_rule', year_start()) }}
            else eligibility_date
        end as entered_on
    from by_rule

)

select
    cell,
    person_key,
    deferral_rate,
    entered_on as eligibility_date,
    {%- for source in sources %}
    case
        when {{ source }}_entry_date <= {{ year_end(-1) }} then {{ source }}_entry_date
        when entered_on is not null and {{ source }}_entry_by_rule is not null
            then greatest(entered_on, {{ source }}_entry_by_rule, case when not is_of_census then {{ year_start() }} end)
    end as {{ source }}_entry_date,
    {%- endfor %}
    case
        when is_of_census
            then least(coalesce(enrollment_date, eligibility_date, entry_date_by_rule, census_date), census_date)
        else enrollment_date
    end as enrollment_date,
    {{ word('enrollment_source', 'enrollment_source') }} as enrollment_source,
    ever_opted_out,
    opt_out_date,
    escalation_count,
    auto_escalation_opt_out,
    pending_enrollment_date,
    pending_enrollment_rate,
    {{ word('enrollment_source', 'pending_enrollment_source') }} as pending_enrollment_source,
    pending_opt_out_date,
    vesting_service_at_census,
    employer_match_balance,
    plan_eligible,
    plan_maximum_rate,
    maximum_rate,
    own_roth_share,
    employer_core_balance,
    match_vested_percentage as opening_match_vested_percentage,
    core_vested_percentage as opening_core_vested_percentage
from entering
