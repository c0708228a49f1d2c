{{ config(materialized='table') }}

{%- set is_eligible = "coalesce(adp_out <> 'not_plan_eligible', true)" %}

{%- set parts = {
    'deferrals': ('is_nonexcludable', is_eligible),
    'match': ('is_nonexcludable_for_match', 'benefits_from_match'),
    'core': ('is_nonexcludable_for_core', 'core_cents > 0')} %}

{%- set benefit = 'coalesce(' ~ hundredths('amount_cents + match_cents + core_cents', 'pay_cents') ~ ', 0)' %}

-- Who is counted and who benefits, by part of the plan (IRC 410(b)), and the sums of benefits.
select
    cell,
    test_group,
    {%- for part, (counted, benefits) in parts.items() %}
    count(*) filter (where {{ counted }} and not is_hce) as {{ part }}_nhce,
    count(*) filter (where {{ counted }} and is_hce) as {{ part }}_hce,
    count(*) filter (where {{ counted }} and {{ benefits }} and not is_hce) as {{ part }}_nhce_in,
    count(*) filter (where {{ counted }} and {{ benefits }} and is_hce) as {{ part }}_hce_in,
    {%- endfor %}
    sum({{ benefit }}) filter (where is_nonexcludable and not is_hce)::bigint as nhce_benefits,
    sum({{ benefit }}) filter (where is_nonexcludable and is_hce)::bigint as hce_benefits
from {{ ref('int_ndt_people') }}
where {{ this_year() }}
group by cell, test_group
