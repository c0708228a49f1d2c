-- How many people did one thing, of those who could and count by what the tables say of them.

select
    age_segment,
    income_segment,
    count(*) filter ({{ happens }}) as events,
    sum({{ weight }})::double as could
from {{ behind }}
group by age_segment, income_segment
order by all
