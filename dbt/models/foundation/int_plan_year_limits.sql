{{ config(materialized='table') }}

{#- Each limit with the multiple that the statute rounds it down to (IRC 415(d)). -#}
{%- set multiples = {
    'elective_deferral_limit': 500, 'catch_up_limit': 500, 'catch_up_limit_60_63': 500,
    'annual_additions_limit': 1000, 'compensation_limit': 5000, 'hce_compensation': 5000,
    'social_security_wage_base': 300, 'roth_catch_up_wages': 5000} -%}

-- The limits of the plan year. Years after the last published one are estimated: indexed, rounded down to the statutory
-- multiple, never below the last published amount. A hair is added before rounding down, so that a product that is a
-- whole multiple is not lost to binary fractions.
with published as (

    select * from {{ ref('irs_limits') }}

),

last_published as (

    select * from published
    qualify row_number() over (order by limit_year desc) = 1

),

wanted as (

    select cell, irs_indexation_rate, unnest([simulation_year - 1, simulation_year]) as limit_year
    from {{ ref('int_cells') }}

),

limits as (

    select
        wanted.cell,
        wanted.limit_year,
        wanted.limit_year > last_published.limit_year as is_estimated,
        {%- for name, multiple in multiples.items() %}
        case
            when wanted.limit_year <= last_published.limit_year then published.{{ name }}
            else greatest(
                last_published.{{ name }},
                floor(
                    last_published.{{ name }}::double
                    * pow(1 + wanted.irs_indexation_rate, wanted.limit_year - last_published.limit_year)
                    / {{ multiple }} + 1e-9
                ) * {{ multiple }}
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
