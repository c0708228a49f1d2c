-- Pay bands of the newest file: the border of two levels lies between what most of the lower and most of the higher are
-- paid. Reads people.
with paid as (
    select level, count(*) as number, quantile_cont(pay, [0.05, 0.1, 0.9, 0.95]) as pays
    from people
    where file = (select max(file) from people) and is_employed and level_is_given
    group by level
)

select
    level,
    number,
    round(coalesce((lag(pays[3]) over levels + pays[2]) / 2, pays[1]), -3) as low,
    round(coalesce((pays[3] + lead(pays[2]) over levels) / 2, pays[4]), -3) as high
from paid
window levels as (order by level)
order by level
