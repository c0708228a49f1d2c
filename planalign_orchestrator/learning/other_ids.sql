-- Files after which more people seem to have another id than kept theirs.
with kept as (
    select opening.file, count(*) as linked
    from opening
    semi join people as later on opening.following = later.file and opening.employee_id = later.employee_id
    group by opening.file
)

select renamed.file, count(*) as renamed, coalesce(any_value(kept.linked), 0) as linked
from renamed
left join kept on renamed.file = kept.file
group by renamed.file
having count(*) > coalesce(any_value(kept.linked), 0)
order by renamed.file
