{{ config(materialized='ephemeral') }}

-- Segments of income move with the pay structure, so that nobody drifts through them by inflation alone; each with how
-- its people answer a new match.
with responses as (

    select
        income_segment,
        max("value") filter (where parameter = 'follow_up') as follow_up,
        max("value") filter (where parameter = 'follow_down') as follow_down,
        max("value") filter (where parameter = 'move_up') as move_up,
        max("value") filter (where parameter = 'join') as join_response,
        max("value") filter (where parameter = 'voluntary') as voluntary_response
    from {{ ref('match_response') }}
    group by income_segment

)

select
    cells.cell,
    income.* exclude (min_pay, max_pay),
    income.min_pay * cells.structure_factor as min_pay,
    income.max_pay * cells.structure_factor as max_pay,
    responses.* exclude (income_segment)
from {{ ref('participation_by_income') }} as income
inner join responses on income.income_segment = responses.income_segment
cross join {{ ref('cells') }} as cells
where {{ this_year('cells') }}
