-- The nondiscrimination tests of all years or of one, in the order of the law.
select * from fct_ndt_test where ?::integer is null or simulation_year = ?
order by simulation_year, list_position(
    ['adp', 'acp', 'coverage_deferrals', 'coverage_match', 'coverage_core', 'amount_core', 'top_heavy'], test
), test_group = 'union', test_group desc
