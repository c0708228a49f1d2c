{{ config(materialized='table') }}

{%- set parts = {
    'deferrals': ('is_nonexcludable', 'is_eligible'),
    'match': ('is_nonexcludable_for_match', 'benefits_from_match'),
    'core': ('is_nonexcludable_for_core', 'core_cents > 0')} %}

{%- set benefit = 'coalesce(' ~ hundredths('amount_cents + match_cents + core_cents', 'pay_cents') ~ ', 0)' %}

-- Who is counted and who benefits, by part of the plan (IRC 410(b)), and sums over everybody that other tests need.
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
    sum({{ benefit }}) filter (where is_nonexcludable and is_hce)::bigint as hce_benefits,
    sum(opening_balance_cents)::bigint as balance_cents,
    coalesce(sum(opening_balance_cents) filter (where is_key), 0)::bigint as key_balance_cents,
    -- What the basic match (401(k)(12)(B)(i)) or 3% for everybody who may defer and counts would add.
    sum(greatest(
        (2 * least(100 * deferral_cents, 3 * pay_cents)
            + least(greatest(100 * deferral_cents - 3 * pay_cents, 0), 2 * pay_cents) + 100) // 200 - match_cents, 0
    )) filter (where is_eligible and is_nonexcludable)::bigint as safe_harbor_match_cents,
    sum(greatest((3 * pay_cents + 50) // 100 - core_cents, 0)) filter (where is_eligible and is_nonexcludable)::bigint
        as safe_harbor_core_cents
from {{ ref('int_ndt_people') }}
where {{ this_year() }}
group by cell, test_group
