-- How the dates of one column of the raw census are written, and which of them can be read one way only.

with dates as not materialized (
    select
        row_number,
        without_time({{ column }}) as d
    from raw
    where {{ column }} is not null
),

-- ISO dates are apart, as most files have no others: what the others are asked costs more.
others as (
    select
        count(*) filter (where is_dashed(d)) as dashed,
        count(*) filter (where is_dashed(d) and number_in_day(d, 1) between 13 and 31) as dashed_day_first,
        count(*) filter (where is_dashed(d) and number_in_day(d, 2) between 13 and 31) as dashed_month_first,
        count(*) filter (where is_dotted(d)) as dotted,
        count(*) filter (where is_dotted(d) and number_in_day(d, 1) between 13 and 31) as dotted_day_first,
        count(*) filter (where is_dotted(d) and number_in_day(d, 2) between 13 and 31) as dotted_month_first,
        count(*) filter (where is_serial(d)) as serials,
        count(*) filter (where has_two_digit_year(d)) as two_digit_years,
        coalesce(min(row_number) filter (where is_dashed(d) and number_in_day(d, 1) between 13 and 31), 0) as day_first_row
    from dates
    where not is_iso(d)
),

isos as (
    select
        count(*) as iso,
        count(*) filter (where right(d, 2) > '12') as iso_late,
        coalesce(min(row_number), 0) as iso_row
    from dates
    where is_iso(d)
)

select *
from others, isos
