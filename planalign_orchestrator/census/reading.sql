-- How the text of a cell is read: macros of the connection on which a census is worked. Text is made uniform, then
-- understood; each is a step of its own, so that nothing is worked out twice (reading.py nests them). What
-- cannot be read is null. sql.py has the words in angle brackets.

-- Anything --

-- Text that stands where a spreadsheet could not show a value.
create temp macro is_unreadable(cell) as ascii(cell) in (35, 69) and regexp_full_match(cell, '{{ unreadable }}');

create temp macro is_word_for_none(cell) as
length(cell) < 7 and lower(cell) in ('n/a', 'na', 'null', 'none', 'nan', 'nat', '<na>', '-', '--', '$-', '$ -');

-- Whether ids look like social security numbers. One with dashes is enough; without dashes they are nine digits, spread as
-- no numbering is, and one id in twenty is too many.
create temp macro nine_digits(id) as case when regexp_full_match(id, '[0-9]{9}') then id::bigint end;

create temp macro are_social_security(id) as
count(*) filter (where regexp_full_match(id, '{{ social_security }}')) > 0
or (
    count(nine_digits(id)) * 20 > count(id) and count(nine_digits(id)) > 1
    and max(nine_digits(id)) - min(nine_digits(id)) > 1000 * count(nine_digits(id))
);

create temp macro as_flag(cell) as case
    when lower(cell) in ('true', 't', 'yes', 'y', '1', '1.0', 'x', 'on', 'eligible') then true
    when lower(cell) in ('false', 'f', 'no', 'n', '0', '0.0', 'off', 'not eligible', 'ineligible') then false
end;

-- Numbers --

-- Text such as 85.000, which is 85 to some and 85 000 to others.
create temp macro is_either_way(cell) as regexp_full_match(cell, '{{ either_way }}');

-- Without dollar signs; (5) and 5- are -5; every kind of space is a space.
create temp macro without_signs(cell) as case
    when regexp_full_match(cell, '[0-9.]*') then cell
    else trim(regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(cell, '[\x{00a0}\x{2009}\x{202f}]', ' ', 'g'), '^\((.*)\)$', '-\1'
            ),
            '^([^-]*)-$', '-\1'
        ),
        '^([+-]?) *(?:US)?\$ *(-?)|(?i: *USD)$', '\1\2'
    ))
end;

-- With a decimal comma 85.000,50 becomes 85,000.50.
create temp macro bare_number(cell, comma) as
without_signs(case when comma then translate(cell, '.,', ',.') else cell end);

-- Null also for more than 12 digits before the point, and for a decimal comma, since 85,000 is read as thousands.
create temp macro as_number(bare) as try_cast(case
    when regexp_full_match(bare, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?') then bare
    when regexp_full_match(bare, '[+-]?(\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+|\d{1,3}(''\d{3})+)(\.\d*)?')
        then regexp_replace(bare, '[, '']', '', 'g')
end as decimal(18, 6));

create temp macro as_money(bare, comma) as case when comma or not is_either_way(bare) then as_number(bare) end;

create temp macro as_whole(number) as
case when number = floor(number) and abs(number) < 1000000 then number::integer end;

-- A part of full time: 50% and 50 are 0.5.
create temp macro as_part(number) as case when number > 2 then number / 100 else number end;

-- Rates --

create temp macro is_marked(cell) as ends_with(cell, '%');

-- Dollars are no rate.
create temp macro bare_rate(cell, comma) as
case when not contains(cell, '$') then bare_number(rtrim(cell, '% '), comma) end;

-- The number as it is written. A hundredth of this type fits into 64 bits, which casts a hundred times faster than 128.
create temp macro as_plain_rate(bare) as try_cast(as_number(bare) as decimal(15, 6));

-- A fraction; a number above 1 and one with a percent sign are percents in any case.
create temp macro as_rate(plain, marked, percents_above) as
case when marked or plain > percents_above then plain * 0.01::decimal(3, 2) else plain end::decimal(18, 8);

-- Dates --

-- Also 04052019 and 4052019 with dashes; 20190405 stays, whose month stands where others have the century.
create temp macro without_time(cell) as case
    when length(cell) in (7, 8) and regexp_full_match(cell, '\d{7}|\d{4}(19|2[01])\d\d')
        then regexp_replace(lpad(cell, 8, '0'), '^(..)(..)', '\1/\2/')
    when length(cell) > 10 then regexp_replace(
        cell,
        '[T ]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp]\.?[Mm]\.?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?$',
        ''
    )
    else cell
end;

create temp macro is_iso(day) as regexp_full_match(day, '\d{4}-\d{2}-\d{2}');

-- 3/4/2019: which number is the month depends on the country.
create temp macro is_dashed(day) as regexp_full_match(day, '\d{1,2}[/-]\d{1,2}[/-]\d{2,4}');

-- 3.4.2019: the day comes first, unless the column shows otherwise.
create temp macro is_dotted(day) as regexp_full_match(day, '\d{1,2}\.\d{1,2}\.\d{2,4}');

create temp macro number_in_day(day, which) as
try_cast(regexp_extract(day, '^(\d{1,2})[-/.](\d{1,2})', which) as integer);

-- Can only be read the other way than is the habit where nothing shows it.
create temp macro is_unusual(day) as
is_dashed(day) and number_in_day(day, 1) > 12 or is_dotted(day) and number_in_day(day, 2) > 12;

-- Days since 1899-12-30, as spreadsheets store dates; five digits reach from 1927 to 2118.
create temp macro is_serial(day) as regexp_full_match(day, '[1-7]\d{4}(\.\d+)?');

-- 3/4/19 and 4-Mar-19.
create temp macro has_two_digit_year(day) as
regexp_full_match(day, '\d{1,2}[^\d].*[^\d]\d{2}|[A-Za-z].*[^\d]\d{2}');

-- What systems write for none: zeros, the first day that Excel knows, the end of time.
create temp macro is_no_date(cell) as
not (is_word_for_none(cell) or length(cell) = 10 and cell between '1901-01-01' and '2199-12-31')
and regexp_full_match(
    cell,
    '([-/. ]+|0+([-/.]0+){0,2}|0?1/0?0/(19)?00|1899-12-3[01]|12/3[01]/1899|1900-01-0[01]|0?1[-/.]0?1[-/.](1900|0001)'
    || '|0001-01-01|(9999|2999)-?\d\d-?\d\d|\d\d?[-/.]\d\d?[-/.](9999|2999))([T ].*)?'
);

-- Years of two digits fall into the hundred years that end with `last_year`.
create temp macro with_century(day, last_year) as case
    when has_two_digit_year(day)
        then left(day, length(day) - 2) || (last_year - (last_year - right(day, 2)::integer) % 100)::varchar
    else day
end;

create temp macro as_worded_date(day) as try_strptime(
    replace(trim(regexp_replace(lower(day), '[-/ .,]+', ' ', 'g')), 'sept ', 'sep '),
    ['%d %b %Y', '%d %B %Y', '%b %d %Y', '%B %d %Y', '%d%b%Y', '%Y %b %d']
);

-- A date in any year. `dashed` and `dotted` say what comes first, as the formats of a day with dashes and with dots.
create temp macro as_date(day, dashed, dotted, last_year) as case
    when day is null then null
    when is_iso(day) then try_cast(day as date)
    when is_dashed(day) then try_strptime(replace(with_century(day, last_year), '/', '-'), dashed)::date
    when is_dotted(day) then try_strptime(with_century(day, last_year), dotted)::date
    when regexp_full_match(day, '\d{4}[-/.]\d{1,2}[-/.]\d{1,2}')
        then try_strptime(translate(day, '/.', '--'), '%Y-%m-%d')::date
    when regexp_full_match(day, '\d{8}') then try_strptime(day, '%Y%m%d')::date
    when is_serial(day) then date '1899-12-30' + floor(day::double)::integer
    when regexp_matches(day, '\d{2}') then as_worded_date(with_century(day, last_year))::date
end;

-- The date, if it is of a year in which a person of a census can be born, hired or leave.
create temp macro of_a_life(day) as case when day between date '1900-01-01' and date '2199-12-31' then day end;
