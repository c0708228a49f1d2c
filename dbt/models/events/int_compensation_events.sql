{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

-- Pay events of a person form one chain: by date, promotion before raise on the same day, each starting from what the
-- one before left. There are at most two, so the chain has two orders and needs no window.
with caps as (

    -- Moves with the pay structure; worked out once a future, as a product of two amounts is slow.
    select cell, {{ money('promotion_raise_maximum_amount * structure_factor') }} as promotion_raise_maximum_amount
    from {{ ref('cells') }}
    where {{ this_year() }}

),

raises as (

    select person_key, effective_date, 1 + merit_rate + cola_rate as factor
    from {{ ref('int_merit_events') }}
    where {{ in_slice('person_key') }}

),

promotions as (

    select person_key, effective_date, level_before, level_after, raise_rate
    from {{ ref('int_promotion_events') }}
    where {{ in_slice('person_key') }}

),

pairs as (

    select
        coalesce(raises.person_key, promotions.person_key) as person_key,
        raises.effective_date as raise_date,
        raises.factor,
        promotions.effective_date as promotion_date,
        promotions.level_before,
        promotions.level_after,
        promotions.raise_rate,
        coalesce(raises.effective_date < promotions.effective_date, false) as raise_is_first
    from raises
    full outer join promotions on raises.person_key = promotions.person_key

),

opened as (

    select
        pairs.*,
        people.cell,
        people.opening_compensation,
        people.level_id,
        caps.promotion_raise_maximum_amount
    from pairs
    inner join {{ ref('int_workforce_of_year') }} as people on pairs.person_key = people.person_key
    inner join caps on people.cell = caps.cell
    where {{ in_slice('people.person_key') }}

),

first_step as (

    select
        *,
        case
            when raise_is_first then {{ money('opening_compensation * factor') }}
            else opening_compensation
        end as before_promotion
    from opened

),

second_step as (

    select
        *,
        -- Null for those who are not promoted: least() would pass over the null and hand out the maximum.
        case when promotion_date is not null
            then before_promotion + least({{ money('before_promotion * raise_rate') }}, promotion_raise_maximum_amount)
        end as after_promotion
    from first_step

),

chained as (

    select
        cell,
        person_key,
        {{ the_word('event_type', 'promotion') }} as event_type,
        promotion_date as effective_date,
        before_promotion as compensation_before,
        after_promotion as compensation_after,
        level_before,
        level_after
    from second_step
    where promotion_date is not null

    union all

    select
        cell,
        person_key,
        {{ the_word('event_type', 'raise') }} as event_type,
        raise_date as effective_date,
        case when raise_is_first then opening_compensation else coalesce(after_promotion, opening_compensation) end as compensation_before,
        case
            when raise_is_first then before_promotion
            else {{ money('coalesce(after_promotion, opening_compensation) * factor') }}
        end as compensation_after,
        case when raise_is_first then level_id else coalesce(level_after, level_id) end as level_before,
        case when raise_is_first then level_id else coalesce(level_after, level_id) end as level_after
    from second_step
    where raise_date is not null

)

select *
from chained
