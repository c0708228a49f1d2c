{{ config(materialized='table') }}

{#- Each limit with the multiple that the statute rounds it to, and what its amount of 2026 was before rounding. -#}
{%- set limits = {
    'elective_deferral_limit': (500, 24682), 'catch_up_limit': (500, 8227), 'catch_up_limit_60_63': (500, 11573),
    'annual_additions_limit': (1000, 72891), 'compensation_limit': (5000, 364456), 'hce_compensation': (5000, 164681),
    'social_security_wage_base': (300, 184549), 'roth_catch_up_wages': (5000, 153083)} -%}

-- The limits of the plan year. Years after the last published one are estimated: indexed from the amount before rounding,
-- where that is known, and rounded as the statute says, never below the last published amount.
with published as (

    select * from {{ ref('irs_limits') }}

),

last_published as (

    select * from published
    qualify row_number() over (order by limit_year desc) = 1

),

wanted as (

    select cell, irs_indexation_rate, wage_base_growth_rate, unnest([simulation_year - 1, simulation_year]) as limit_year
    from {{ ref('cells') }}
    where {{ this_year() }}

),

limits as (

    select
        wanted.cell,
        wanted.limit_year,
        wanted.limit_year > last_published.limit_year as is_estimated,
        {%- for name, (multiple, amount) in limits.items() %}
        {%- set rate = 'wage_base_growth_rate' if name == 'social_security_wage_base' else 'irs_indexation_rate' %}
        case
            when wanted.limit_year <= last_published.limit_year then published.{{ name }}
            else greatest(
                last_published.{{ name }},
                {{ rounded_limit(name, multiple, unrounded_limit(name, multiple, amount) ~ ' * pow(1 + wanted.' ~ rate
                    ~ ', wanted.limit_year - last_published.limit_year)') }}
            )::decimal(18, 2)
        end as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from wanted
    cross join last_published
    left join published on wanted.limit_year = published.limit_year

)

select
    this_year.cell,
    this_year.limit_year as simulation_year,
    this_year.is_estimated,
    this_year.elective_deferral_limit,
    this_year.catch_up_limit,
    this_year.catch_up_limit_60_63,
    this_year.annual_additions_limit,
    this_year.compensation_limit,
    this_year.social_security_wage_base,
    this_year.roth_catch_up_wages,
    -- Pay of the year before, above which a person is highly compensated this year (IRC 414(q)(1)(B)).
    last_year.hce_compensation as hce_compensation_last_year
from limits as this_year
inner join limits as last_year on this_year.cell = last_year.cell and this_year.limit_year = last_year.limit_year + 1
