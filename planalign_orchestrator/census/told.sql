-- What is told of the rows that break a rule: of all of them for the rejects file, of the first ones, and of each kind.

create temp table told as
select
    row_number() over (order by severity, broken.row_number nulls first, kind) as place,
    severity,
    {{ source }} as file,
    broken.row_number,
    column_name,
    {{ value }} as value,
    message || detail as message,
    remedy,
    meaning
from broken
inner join kinds using (kind)
left join raw on broken.row_number = raw.row_number;

create temp view told_first as
select severity, file, row_number, column_name, left(value, {{ value_kept }}), message, remedy, meaning
from told
where place <= {{ faults_kept }}
order by place;

create temp view told_kinds as
select severity, rtrim(message, '.:') || '. ' || remedy, column_name, count(*), min(row_number)
from broken
inner join kinds using (kind)
group by all
order by severity, min(kind);

-- No spreadsheet is to take a value for a formula.
create temp view rejects as
select
    severity,
    file,
    row_number as "row",
    column_name as "column",
    case when regexp_matches(value, '^[=@\t\r]|^[+-].*[^0-9.,]') then chr(39) || value else value end as value,
    message,
    remedy
from told
order by place;
