-- What must hold within and between assumption tables so that the model can use them: a row for what does not, with the
-- table that it is about. Every column is text, as messages show it; a table that could not be read is empty.

with bands (about, name, low, high, must_start, must_reach) as (
    select 'levels', level_id, min_pay, max_pay, null::double, null::double from levels
    union all
    -- A census may hold somebody born in 1900, and 2100 may be a plan year: who is in no band would be lost.
    select 'age_bands', age_band, min_age, max_age, 0, 201 from age_bands
    union all
    select 'tenure_bands', tenure_band, min_years, max_years, 0, 201 from tenure_bands
    union all
    select 'participation_by_age', age_segment, min_age, max_age, 0, 201 from participation_by_age
    union all
    -- A census may hold pay of a billion, which then grows.
    select 'participation_by_income', income_segment, min_pay, max_pay, 0, 1000000000000 from participation_by_income
),

neighbors as (
    select
        *,
        row_number() over bands_of_table as place,
        lead(low) over bands_of_table as next_low,
        lead(name) over bands_of_table as next_name
    from bands
    window bands_of_table as (partition by about order by low::double, high::double, name)
),

numbered (about, title, number, must_start) as (
    select 'levels', 'level_id', level_id::bigint, 1 from levels
    union all
    select 'irs_limits', 'limit_year', limit_year::bigint, null from irs_limits
),

following as (
    select *, lead(number) over (partition by about order by number) as next from numbered
),

ranks as (
    select
        level_id,
        min_pay,
        lead(level_id) over (order by level_id::bigint) as next_level,
        lead(min_pay) over (order by level_id::bigint) as next_pay
    from levels
),

drawn (about, exit_multiplier) as (
    select 'levels', exit_multiplier from levels
    union all
    select 'age_bands', exit_multiplier from age_bands
    union all
    select 'tenure_bands', exit_multiplier from tenure_bands
),

weights (about, weight) as (
    select 'new_hire_ages', weight from new_hire_ages
    union all
    select 'raise_months', weight from raise_months
),

steps as (
    select
        *,
        lead(vested_percentage) over (partition by schedule order by years_of_service::double) as next_share
    from vesting_schedules
),

tails as (
    select income_segment, sum(share::double) as shares from elected_rate_tails group by income_segment
),

schedules as (
    select
        schedule,
        min(rowid) as place,
        arg_min(years_of_service, years_of_service::double) as first_year,
        arg_max(vested_percentage, years_of_service::double) as last_share,
        bool_or(coalesce(next_share::double < vested_percentage::double, false)) as falls
    from (select vesting_schedules.rowid, steps.* from steps inner join vesting_schedules using (schedule, years_of_service))
    group by schedule
),

have (about, one, other) as (
    select 'elected_deferral_rates', income_segment, age_segment from elected_deferral_rates
    union all
    select 'deferral_changes', income_segment, age_segment from deferral_changes
    union all
    select 'match_response', parameter, income_segment from match_response
),

want (about, one, other) as (
    select about, income_segment, age_segment
    from (values ('elected_deferral_rates'), ('deferral_changes')) as tables (about)
    cross join participation_by_income
    cross join participation_by_age
    union all
    select 'match_response', parameter, income_segment
    from (values ('follow_up'), ('follow_down'), ('move_up'), ('join'), ('voluntary')) as parameters (parameter)
    cross join participation_by_income
),

broken (is_between, rule, place, about, message) as (
    select false, 1, 0, about, format('{} starts at {}; it must start at {}', any_value(title), min(number), any_value(must_start))
    from numbered
    group by about
    having min(number) <> any_value(must_start)
    union all
    select false, 2, number, about, format('{} {} is missing', title, number + 1)
    from following
    where next <> number + 1
    union all
    select false, 3, place, about, format('the band {} from {} to {} is empty', name, low, high)
    from neighbors
    where high::double <= low::double
    union all
    select
        false,
        4,
        place,
        about,
        format(
            'there is {} between {}, which ends at {}, and {}, which starts at {}',
            case when next_low::double > high::double then 'a gap' else 'an overlap' end,
            name,
            high,
            next_name,
            next_low
        )
    from neighbors
    where high::double <> next_low::double
    union all
    select false, 5, 0, about, format('the first band starts at {}; it must start at {:.0f}', low, must_start)
    from neighbors
    where place = 1 and low::double > must_start
    union all
    select false, 6, 0, about, format('the last band ends at {}; it must reach {:.0f}', arg_max(high, place), any_value(must_reach))
    from neighbors
    group by about
    having max(high::double) < any_value(must_reach)
    union all
    select
        false,
        7,
        level_id::bigint,
        'levels',
        format('level {} pays from {} on, not more than level {} from {}', next_level, next_pay, level_id, min_pay)
    from ranks
    where next_pay::double <= min_pay::double
    union all
    select false, 8, 0, about, 'every exit_multiplier is 0, so nobody could be drawn'
    from drawn
    group by about
    having bool_and(exit_multiplier::double = 0)
    union all
    select
        false,
        9,
        age::bigint,
        'retirement_rates',
        format('the rates of age {} start at {} years of service; the first ones are for 0', age, min(years_of_service::bigint))
    from retirement_rates
    group by age
    having min(years_of_service::bigint) <> 0
    union all
    select false, 10, 0, about, format('weight is {}; a weight is not negative', arg_min(weight, weight::double))
    from weights
    group by about
    having min(weight::double) < 0
    union all
    select false, 10, 0, about, 'every weight is 0; at least one must be positive'
    from weights
    group by about
    having min(weight::double) >= 0 and sum(weight::double) <= 0
    union all
    select
        false,
        11,
        3 * place + part,
        'vesting_schedules',
        schedule || ' ' || said
    from schedules
    cross join lateral (
        values
            (0, first_year::double <> 0, format('starts at {} years; its first step is at 0', first_year)),
            (1, falls, 'falls with service; a vested share never falls'),
            (2, last_share::double <> 1, format('ends at {}; it must reach 1', last_share))
    ) as rules (part, is_broken, said)
    where is_broken
    union all
    select false, 14, 0, 'elected_rate_tails', format('the shares of {} add up to {:g}; they must not exceed 1', income_segment, shares)
    from tails
    where shares > 1 + 1e-9
    union all
    select true, 15, 0, 'elected_rate_tails', format('{} is not among the participation segments', income_segment)
    from tails
    anti join participation_by_income using (income_segment)
    union all
    select true, 12, 0, about, format('there is no row for {} {}', one, other)
    from want
    anti join have using (about, one, other)
    union all
    select
        true,
        13,
        0,
        about,
        format(
            '{} {} is not among {}',
            one,
            other,
            case when about = 'match_response' then 'its rows' else 'the participation segments' end
        )
    from have
    anti join want using (about, one, other)
)

select is_between, about, message from broken
order by about, rule, place, message
