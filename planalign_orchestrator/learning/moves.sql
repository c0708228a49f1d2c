-- How the headcount went from the first file to the last, and how many came and went from each file to the next; no row
-- where there is nothing to compare.
with employed as (select file, employee_id from people where is_employed),

moves as (
    select
        count(*) filter (one.file is null and other.file > (select min(file) from people)) as entries,
        count(*) filter (other.file is null and one.file < (select max(file) from people)) as exits
    from employed as one
    full join employed as other on one.file + 1 = other.file and one.employee_id = other.employee_id
),

steps as (
    select
        file,
        number,
        (number + lead(number) over (order by file)) / 2 as between_files,
        lead(as_of) over (order by file) - as_of as days
    from (select file, as_of, count(*) filter (is_employed) as number from people group by file, as_of)
)

select
    max(number) as people,
    sum(between_files * days) / 365.25 as years,
    (arg_max(number, file) / arg_min(number, file)) ** (365.25 / sum(days)) - 1 as growth,
    any_value(entries) as entries,
    any_value(exits) as exits
from steps
cross join moves
having count(*) > 1 and arg_min(number, file) > 0 and arg_max(number, file) > 0
