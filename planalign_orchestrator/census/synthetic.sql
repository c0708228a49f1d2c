-- The people of a synthetic census, each step on what the one before worked out. synthetic.py has the words in braces.
-- Draws (u_…) are numbers from 0 to 1; only arithmetic that IEEE 754 defines exactly is done with them.

with digests as (
    select number, {digests} from (select range as number from range(1, {employees} + 1))
),

draws as (
    select number, {draws} from digests
),

levels as (
    select *, {level} as job_level from draws
),

-- Higher levels lack the youngest.
floors as (
    select
        *,
        case job_level
            when 1 then 0.0::double when 2 then 0.18::double when 3 then 0.3::double when 4 then 0.4::double
            when 5 then 0.5::double
        end as age_floor
    from levels
),

ages as (
    select
        *,
        {day} - floor({age} * 365.25)::integer as birth_date,
        case
            when job_level < 3 and u_part_time < {part_time} then 16 + 4 * floor(u_hours * 5)::integer
            else 40
        end as hours
    from (select *, age_floor + u_age * (1 - age_floor) as age_share from floors)
),

services as (
    select
        *,
        floor({service} * 365.25)::integer as wanted,
        ({day} - (birth_date + interval 18 year)::date)::integer as possible
    from ages
),

hires as (
    select
        *,
        case when wanted <= possible then wanted else floor(possible * u_service * u_enrolls)::integer end as served
    from services
),

pays as (
    select
        *,
        -- Low in the band more often than high, higher with age, in proportion to the hours.
        round(
            ({band_from} + {band_width} * least(0.999, 0.75 * u_place * u_place + 0.12 * u_place + 0.13 * u_age))
            * {pay_factor} * hours / 40,
            0
        )::bigint as pay,
        -- More with age, level and years of service; part-time people less.
        u_participates < {participation} + 0.20 * (u_age - 0.5) + 0.05 * (job_level - 1)
        + 0.012 * least(10, served / 365.25) - case when hours < 40 then 0.25 else 0 end as participates
    from hires
),

rates as (
    -- Rates are higher with level and age.
    select *, least(u_rate + 0.03 * (job_level - 1) + 0.12 * (u_age - 0.5), 0.95 + 0.05 * u_place) as u_moved_rate
    from pays
)

select
    'E' || lpad(number::varchar, {width}, '0') as employee_id,
    birth_date,
    {day} - served as hire_date,
    pay::decimal(18, 2) as annual_compensation,
    job_level,
    case when participates then {deferral_rate} else 0 end::decimal(6, 4) as deferral_rate,
    case when participates then {day} - served + floor(least(served, 900) * u_enrolls * u_enrolls)::integer end
        as enrollment_date,
    hours::decimal(5, 2) as scheduled_hours_per_week,
    -- The part of the as-of year for which the person was paid.
    (
        round(pay * (least(served + 1, {days}) / {days}.0::double) * (0.96 + 0.04 * u_raise) * 100, 0)::bigint
        * 0.01::decimal(3, 2)
    )::decimal(18, 2) as prior_year_compensation,
    job_level = 5 and u_owner < 0.04 as is_five_percent_owner,
    -- Years of match on pay that was lower once, with some return; those who never took part have little or nothing.
    (
        round(
            ((served / 365.25) * pay * case when participates then 0.034 when u_balance < 0.3 then 0.006 else 0 end
            * (0.7 + 0.6 * u_balance) * (1 + 0.018 * (served / 365.25))) * 100,
            0
        )::bigint * 0.01::decimal(3, 2)
    )::decimal(18, 2) as employer_account_balance
from rates
