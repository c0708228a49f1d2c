{{ config(severity='error', tags=['law']) }}

-- Every law of the year has no violation; a row here stops the run and names the first people concerned.
select law, law_name, violations, examples
from {{ ref('fct_law_checks') }}
where
    {{ this_year() }}
    and violations > 0
