{{ config(materialized='ephemeral') }}

-- Opening + hires - exits - new-hire exits = closing, in every unit; closing = target, unless exits are random; this
-- year's opening are the people of last year's closing; who has given notice leaves on the day the census gives.
with snapshot as (

    select
        people.cell,
        of_year.unit,
        people.person_key,
        people.employee_id,
        people.employment_status,
        people.detailed_status_code,
        people.termination_date
    from {{ ref('fct_workforce_snapshot') }} as people
    left join {{ ref('int_workforce_of_year') }} as of_year on people.person_key = of_year.person_key
    where {{ this_year('people') }}

),

counted as (

    select
        cell,
        unit,
        count(*) filter (where detailed_status_code in ('continuous_active', 'experienced_termination')) as opening_headcount,
        count(*) filter (where detailed_status_code in ('new_hire_active', 'new_hire_termination')) as hires,
        count(*) filter (where detailed_status_code = 'experienced_termination') as experienced_exits,
        count(*) filter (where detailed_status_code = 'new_hire_termination') as new_hire_exits,
        count(*) filter (where employment_status = 'active') as closing_headcount
    from snapshot
    group by cell, unit

),

compared as (

    select
        needs.*,
        coalesce(counted.opening_headcount, 0) as opened,
        coalesce(counted.hires, 0) as hired,
        coalesce(counted.experienced_exits, 0) as experienced_left,
        coalesce(counted.new_hire_exits, 0) as new_hires_left,
        coalesce(counted.closing_headcount, 0) as closed
    from {{ ref('int_workforce_needs') }} as needs
    left join counted on needs.cell = counted.cell and needs.unit = counted.unit

),

handed_over as (

    select people.cell, people.person_key, people.employee_id
    from {{ ref('int_baseline_workforce') }} as people
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    where cells.is_first_year

    union all

    select people.cell, people.person_key, people.employee_id
    from {{ source('state', 'fct_workforce_snapshot') }} as people
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    where
        {{ this_year('people', offset=-1) }}
        and people.employment_status = 'active'

),

taken_over as (

    select cell, person_key, employee_id
    from snapshot
    where detailed_status_code in ('continuous_active', 'experienced_termination')

)

select
    cell,
    'headcount_identity' as rule,
    'all' as employee_id,
    'opening ' || opened || ' + hires ' || hired || ' - exits ' || experienced_left
        || ' - new-hire exits ' || new_hires_left || ' = closing ' || closed
        || ', target ' || target_headcount as detail
from compared
where
    (closed <> target_headcount and not exits_are_random)
    or opened + hired - experienced_left - new_hires_left <> closed
    or opened <> opening_headcount
    or hired <> hires
    or experienced_left <> experienced_exits
    or (new_hires_left <> new_hire_exits and not exits_are_random)

union all

select handed_over.cell, 'opening_is_last_closing', handed_over.employee_id, 'lost between the years'
from handed_over
anti join taken_over on handed_over.person_key = taken_over.person_key

union all

select taken_over.cell, 'opening_is_last_closing', taken_over.employee_id, 'came from nowhere'
from taken_over
anti join handed_over on taken_over.person_key = handed_over.person_key

union all

select opening.cell, 'notice_is_carried_out', opening.employee_id, 'leaves on ' || coalesce(snapshot.termination_date::varchar, 'no day')
from {{ ref('int_opening_workforce') }} as opening
inner join snapshot on opening.person_key = snapshot.person_key
where
    opening.known_termination_date <= {{ year_end() }}
    and snapshot.termination_date is distinct from opening.known_termination_date
