-- The share of futures in which a test fails in no year, plan and group, by alternative and test.
select alternative, test, avg(passes::integer)
from (
    select alternative, test, seed, bool_and(result not in {{ failed }}) as passes
    from read_parquet('{{ path }}')
    group by all
)
group by all
