{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- Pay earned, the compensation of each source of money, and what the person defers within 402(g), the plan's highest rate,
-- the catch-up limit and pay. A source counts pay from its entry on, or the whole year's for those who have entered.
with earned as (

    select
        person_key,
        sum(days)::bigint as days_employed,
        sum({{ cents('compensation') }} * days)::bigint as pay_days,
        {%- for source, flag in {'eligible': 'is_eligible', 'match': 'is_in_match', 'core': 'is_in_core'}.items() %}
        bool_or({{ flag }}) as {{ source }}_entered,
        coalesce(sum({{ cents('compensation') }} * days) filter (where {{ flag }}), 0)::bigint as {{ source }}_pay_days,
        {%- endfor %}
        coalesce(sum({{ cents('compensation') }} * days * {{ basis_points('deferral_rate') }}) filter (where is_in_match), 0)::bigint
            as matched_pay_days,
        sum({{ cents('compensation') }} * days * {{ basis_points('deferral_rate') }})::bigint as deferred_pay_days,
        arg_max(compensation, period_start) as closing_compensation,
        arg_max(deferral_rate, period_start) as closing_deferral_rate
    from {{ ref('int_pay_periods') }}
    where {{ in_slice('person_key') }}
    group by person_key

),

limits as (

    select * from {{ ref('int_plan_year_limits') }}

),

amounts as (

    select
        people.cell,
        people.person_key,
        people.prior_year_compensation,
        case when cells.roth_available then coalesce(plan_state.own_roth_share, cells.roth_share) else 0 end as roth_share,
        {{ completed_by_year_end('people.birth_date', year_end()) }} as age_at_year_end,
        earned.days_employed,
        earned.closing_compensation,
        earned.closing_deferral_rate,
        {{ money_from_ratio('earned.pay_days', days_in_year()) }} as prorated_annual_compensation,
        {%- for source, rule in {'eligible': 'entry', 'match': 'match_entry', 'core': 'core_entry'}.items() %}
        case
            when cells.{{ rule }}_compensation = 'full_year' and earned.{{ source }}_entered
                then {{ money_from_ratio('earned.pay_days', days_in_year()) }}
            else {{ money_from_ratio('earned.' ~ source ~ '_pay_days', days_in_year()) }}
        end as {{ source }}_compensation,
        {%- endfor %}
        {{ money_from_ratio('earned.matched_pay_days', days_in_year() ~ ' * 10000') }} as elected_in_match,
        {{ money_from_ratio('earned.deferred_pay_days', days_in_year() ~ ' * 10000') }} as elected_deferral,
        -- What the plan's highest rate comes to, on all pay since the entry and on that before the entry to the match.
        {{ money_from_ratio('earned.eligible_pay_days * ' ~ basis_points('plan_state.plan_maximum_rate'), days_in_year() ~ ' * 10000') }}
            as plan_limit,
        {{ money_from_ratio('(earned.eligible_pay_days - earned.match_pay_days) * ' ~ basis_points('plan_state.plan_maximum_rate'),
            days_in_year() ~ ' * 10000') }} as plan_limit_before_match,
        {{ money_from_ratio(basis_points('people.scheduled_hours_per_week') ~ ' // 100 * 52 * earned.days_employed', days_in_year()) }}
            as hours_worked
    from earned
    inner join {{ ref('int_workforce_of_year') }} as people on earned.person_key = people.person_key
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on earned.person_key = plan_state.person_key
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

limited as (

    select
        amounts.*,
        limits.compensation_limit,
        limits.elective_deferral_limit,
        least(limits.elective_deferral_limit, amounts.plan_limit) as regular_limit,
        least(amounts.eligible_compensation, limits.compensation_limit) as plan_compensation,
        {{ catch_up_is_roth('amounts.prior_year_compensation') }} as is_roth_catch_up_only,
        case
            when amounts.age_at_year_end < 50 then 0::decimal(18, 2)
            when not cells.roth_available and is_roth_catch_up_only then 0::decimal(18, 2)
            when amounts.age_at_year_end between 60 and 63 then limits.catch_up_limit_60_63
            else limits.catch_up_limit
        end as catch_up_limit,
        least(amounts.elected_deferral, amounts.prorated_annual_compensation) as wanted_deferral
    from amounts
    inner join limits on amounts.cell = limits.cell
    inner join {{ ref('cells') }} as cells on amounts.cell = cells.cell and {{ this_year('cells') }}

),

contributed as (

    select
        *,
        least(wanted_deferral, regular_limit) as regular_contributions,
        least(greatest(wanted_deferral - regular_limit, 0), catch_up_limit) as catch_up_contributions
    from limited

)

select
    cells.cell,
    person_key,
    {{ var('simulation_year') }} as simulation_year,
    days_employed,
    closing_compensation,
    closing_deferral_rate,
    prorated_annual_compensation,
    {{ money_from_ratio(cents('prorated_annual_compensation') ~ ' * ' ~ days_in_year(), 'days_employed') }}
        as full_year_equivalent_compensation,
    hours_worked,
    plan_compensation,
    least(match_compensation, compensation_limit) as match_compensation,
    least(core_compensation, compensation_limit) as core_compensation,
    -- Of the year's deferrals, limited as they come in, those since the entry to the match.
    greatest(
        case
            when cells.match_counts_catch_up then regular_contributions + catch_up_contributions - (elected_deferral - elected_in_match)
            else least(regular_contributions - least(elected_deferral - elected_in_match, plan_limit_before_match), elected_in_match)
        end, 0
    )::decimal(18, 2) as matched_deferrals,
    catch_up_limit,
    is_roth_catch_up_only,
    eligible_compensation > compensation_limit as is_limited_by_401a17,
    elected_deferral,
    (regular_contributions + catch_up_contributions)::decimal(18, 2) as employee_contributions,
    catch_up_contributions::decimal(18, 2) as catch_up_contributions,
    contributed.roth_share,
    elected_deferral > regular_contributions + catch_up_contributions and elective_deferral_limit <= plan_limit
        as is_limited_by_402g
from contributed
inner join {{ ref('cells') }} as cells on contributed.cell = cells.cell and {{ this_year('cells') }}
