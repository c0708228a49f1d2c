{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['cell', 'simulation_year']) }}

-- What rounding leaves to the next year: the headcount along the path, and the parts of an exit that were not due yet.
select
    cell,
    unit,
    simulation_year,
    headcount_path::decimal(18, 9) as headcount_path,
    round(exits_carried, 9)::decimal(18, 9) as exits_carried,
    round(new_hire_exits_carried, 9)::decimal(18, 9) as new_hire_exits_carried
from {{ ref('int_workforce_needs') }}
