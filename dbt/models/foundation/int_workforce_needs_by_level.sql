{{ config(materialized='ephemeral') }}

{%- set mix = var('workforce').new_hires.level_mix %}

-- Hires spread over the levels by largest remainder, so that the parts add up to the whole.
with weights as (

    {%- if mix == 'opening' %}

    select level_id, count(*)::double as weight
    from {{ ref('int_opening_workforce') }}
    group by level_id

    {%- else %}

    select * from (values {% for level, weight in mix.items() %}({{ level }}, {{ weight }}::double){{ ", " if not loop.last }}{% endfor %}) as fixed_mix (level_id, weight)

    {%- endif %}

),

quotas as (

    select
        weights.level_id,
        needs.hires,
        needs.hires * weights.weight / sum(weights.weight) over () as quota
    from weights
    cross join {{ ref('int_workforce_needs') }} as needs

),

floored as (

    select
        level_id,
        floor(round(quota, 9))::integer as whole,
        -- Rounded, so that equal remainders of a large and a small quota are equal and the lower level comes first.
        row_number() over (order by round(round(quota, 9) - floor(round(quota, 9)), 9) desc, level_id) as remainder_rank,
        hires - sum(floor(round(quota, 9))) over () as left_over
    from quotas

),

assigned as (

    select level_id, whole + (remainder_rank <= left_over)::integer as hires
    from floored

)

select
    {{ var('simulation_year') }} as simulation_year,
    level_id::integer as level_id,
    hires,
    sum(hires) over (order by level_id) - hires as hires_before
from assigned
