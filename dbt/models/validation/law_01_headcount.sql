{{ config(materialized='ephemeral') }}

-- Opening + hires - exits - new-hire exits = closing = target, and this year's opening are the people of last year's closing.
with snapshot as (

    select person_key, employee_id, employment_status, detailed_status_code
    from {{ ref('fct_workforce_snapshot') }}
    where {{ this_year() }}

),

counted as (

    select
        count(*) filter (where detailed_status_code in ('continuous_active', 'experienced_termination')) as opening_headcount,
        count(*) filter (where detailed_status_code in ('new_hire_active', 'new_hire_termination')) as hires,
        count(*) filter (where detailed_status_code = 'experienced_termination') as experienced_exits,
        count(*) filter (where detailed_status_code = 'new_hire_termination') as new_hire_exits,
        count(*) filter (where employment_status = 'active') as closing_headcount
    from snapshot

),

handed_over as (

    {%- if is_first_year() %}
    select person_key, employee_id from {{ ref('int_baseline_workforce') }}
    {%- else %}
    select person_key, employee_id
    from {{ source('state', 'fct_workforce_snapshot') }}
    where
        {{ this_year(offset=-1) }}
        and employment_status = 'active'
    {%- endif %}

),

taken_over as (

    select person_key, employee_id
    from snapshot
    where detailed_status_code in ('continuous_active', 'experienced_termination')

)

select
    'headcount_identity' as rule,
    'all' as employee_id,
    'opening ' || counted.opening_headcount || ' + hires ' || counted.hires || ' - exits ' || counted.experienced_exits
        || ' - new-hire exits ' || counted.new_hire_exits || ' = closing ' || counted.closing_headcount
        || ', target ' || needs.target_headcount as detail
from counted
cross join {{ ref('int_workforce_needs') }} as needs
where
    counted.closing_headcount <> needs.target_headcount
    or counted.opening_headcount + counted.hires - counted.experienced_exits - counted.new_hire_exits <> counted.closing_headcount
    or counted.opening_headcount <> needs.opening_headcount
    or counted.hires <> needs.hires
    or counted.experienced_exits <> needs.experienced_exits
    or counted.new_hire_exits <> needs.new_hire_exits

union all

select 'opening_is_last_closing', handed_over.employee_id, 'lost between the years'
from handed_over
anti join taken_over on handed_over.person_key = taken_over.person_key

union all

select 'opening_is_last_closing', taken_over.employee_id, 'came from nowhere'
from taken_over
anti join handed_over on taken_over.person_key = handed_over.person_key
