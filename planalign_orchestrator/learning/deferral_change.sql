-- How many participants changed their rate in one way, and how many the table says.

select
    count(*) filter (change = '{{ kind }}') as events,
    sum({{ kind }}_rate)::double as expected
from changers
inner join deferral_changes using (income_segment, age_segment)
