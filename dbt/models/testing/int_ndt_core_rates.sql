{%- set has_a_general_test = "not " ~ core_is_uniform() %}

{{ config(
    materialized='table',
    tags=['heavy_transform'],
    empty_unless='select 1 from ' ~ ref('cells') ~ ' as cells where ' ~ this_year('cells') ~ ' and ' ~ has_a_general_test
) }}

-- The core contribution as a rate of each who is not excludable, where the core depends on service, points or age: as
-- allocated, with imputed disparity (1.401(a)(4)-7(b)), and as the benefit at 65 that it buys (1.401(a)(4)-8(b)). To the
-- 3% of a safe harbor core no disparity is imputed (1.401(k)-3(h)(2)).
with people as (

    select
        people.cell,
        people.test_group,
        people.person_key,
        people.is_hce,
        people.core_cents,
        people.pay_cents,
        cells.testing_annuity_factor as annuity_factor,
        case when exemptions.adp_exempt_reason in ('safe_harbor_core', 'qaca_core') then 3 else 0 end as safe_percent,
        greatest(100 * people.core_cents - safe_percent * people.pay_cents, 0) as above_parts
    from {{ ref('int_ndt_people') }} as people
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ ref('int_ndt_exemptions') }} as exemptions
        on people.cell = exemptions.cell and people.test_group = exemptions.test_group
    where
        {{ this_year('people') }}
        and people.is_nonexcludable_for_core
        and people.test_group <> 'union'
        and {{ has_a_general_test }}

),

rated as (

    select
        people.*,
        snapshot.age,
        {{ pay_of_415_cents() }} as pay_415_cents,
        {{ cents('limits.social_security_wage_base') }} as wage_base
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join people on snapshot.person_key = people.person_key
    inner join {{ ref('int_plan_year_limits') }} as limits on snapshot.cell = limits.cell
    where {{ this_year('snapshot') }}

)

select
    *,
    coalesce({{ hundredths('core_cents', 'pay_cents') }}, 0) as allocation,
    coalesce(case
        when above_parts = 0 then allocation
        when pay_cents <= wage_base
            then 100 * safe_percent + {{ hundredths('least(20 * above_parts, 10 * above_parts + 57 * pay_cents)', '1000 * pay_cents') }}
        else 100 * safe_percent + least(
            {{ hundredths('2 * above_parts', '100 * (2 * pay_cents - wage_base)') }},
            {{ hundredths('10 * above_parts + 57 * wage_base', '1000 * pay_cents') }}
        )
    end, 0) as imputed,
    coalesce(
        round(100000 * core_cents * pow(1.085::double, greatest(65 - age, 0)) / (annuity_factor * nullif(pay_cents, 0))), 0
    )::bigint as benefit_thousandths
from rated
