-- The groups of a run by kind, in the order in which a report shows them: all that any year has, and the run's own bands
-- and levels, with people or without. Bands go from low to high, others from large to small, participants first. Deferral
-- rates follow one another, so none between two others is left out. Levels and bands of service have a reader's names.
with own as (
    select 'age_band' as kind, min_age as place, age_band as name, null as label from age_bands
    union all
    select 'tenure_band', min_years, tenure_band, null from tenure_bands
    union all
    select 'level', level_id, level_id::varchar, level_id || ' ' || level_name from levels
),

seen as (
    select
        group_type as kind,
        group_name as name,
        max(participants) > 0 as has_participants,
        sum(closing_headcount + exits) as people,
        coalesce(try_cast(regexp_extract(group_name, '\d+') as integer), 0) as number
    from fct_plan_by_group
    group by group_type, group_name
),

found as (
    select prefix || kind as kind, name, label, place
    from own, (values (''), ('opening_')) as prefixes (prefix)
    union all
    select kind, name, null, null from seen
    union all
    select 'deferral_band', percent || '%', null, null
    from range((select coalesce(max(number), 0) from seen where kind = 'deferral_band')) as percents (percent)
),

named as (
    select
        kind,
        name,
        coalesce(max(label), case when kind like '%tenure_band' then name || ' years' end) as label,
        min(place) as place
    from found
    group by kind, name
),

banded as (
    select kind, bool_or(place is not null) or bool_and(regexp_matches(name, '^[<\d]')) as is_banded
    from named
    group by kind
)

select kind, name, label
from named
inner join banded using (kind)
left join seen using (kind, name)
order by
    kind,
    place,
    case when is_banded then coalesce(try_cast(regexp_extract(name, '\d+') as integer), 0) end,
    case when is_banded then not starts_with(name, '<') else not has_participants end,
    case when not is_banded then -people end,
    name
