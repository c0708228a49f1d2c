-- The rows of an id that others have too, each with one of them.

select row_number, '; another is row ' || case row_number when first then last else first end || '.'
from (select *, {{ file }} as file from typed)
inner join (
    select employee_id, {{ file }} as file, min(row_number) as first, max(row_number) as last
    from typed
    where employee_id is not null
    group by all
    having count(*) > 1
) using (employee_id, file)
