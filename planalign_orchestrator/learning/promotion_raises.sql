-- What a promotion adds to the yearly raise of the level that it leads to, over all levels; the deviation is that within
-- levels. Reads raises, and the levels as they were fitted.
with by_level as (
    select
        count(*) as number,
        avg((1 + growth) / (1 + merit_rate + {{ cola }}) - 1) as mean,
        coalesce(stddev_samp(growth), 0) as deviation
    from raises
    inner join fitted_levels on next_level = level_id
    where level_is_given and next_level = level + 1
    group by next_level
)

select
    coalesce(sum(number), 0)::integer as number,
    sum(number * mean) / sum(number) as mean,
    sqrt(sum(number * deviation ** 2) / sum(number)) as deviation
from by_level
