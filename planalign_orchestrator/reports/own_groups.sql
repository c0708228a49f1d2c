-- The bands and levels of a run by kind of group, in their order; levels with what a reader calls them.
select kind, name, label
from (
    select 'age_band' as kind, min_age as place, age_band as name, age_band as label from age_bands
    union all
    select 'tenure_band', min_years, tenure_band, tenure_band from tenure_bands
    union all
    select 'level', level_id, level_id::varchar, level_id || ' ' || level_name from levels
)
order by kind, place
