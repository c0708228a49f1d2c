-- What is told of the rows that break a rule: of all of them for the rejects file, of the first ones, and of each kind.

create temp table kinds as
{% for kind, (says, remedy, meaning, name, severity, _) in found.items() %}
select
    {{ kind }} as kind,
    {{ text(says) }} as message,
    {{ text(remedy) }} as remedy,
    {{ text(meaning or none) }}::varchar as meaning,
    {{ text(name or none) }}::varchar as column_name,
    {{ text(severity) }} as severity
{{ "union all" if not loop.last }}
{% endfor %};

create temp table broken as
select kind, #2 as row_number, #3 as detail
from (
    {% for kind, check in found.items() %}
    select {{ kind }} as kind, * from ({{ check.broken }})
    {{ "union all" if not loop.last }}
    {% endfor %}
);

create temp table told as
select
    row_number() over (order by severity, broken.row_number nulls first, kind) as place,
    severity,
    {{ text(source) }} as file,
    broken.row_number,
    column_name,
    case kinds.meaning
        {% for name in positions %}
        when '{{ name }}' then raw.{{ name }}
        {% endfor %}
        when '' then null::varchar
    end as value,
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
