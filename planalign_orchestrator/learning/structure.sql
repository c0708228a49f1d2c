-- By how much a year the pay of hires grows: the slope of its logarithm within levels.
with placed as (
    select ln(pay) - avg(ln(pay)) over (partition by level) as y,
        year(as_of) - avg(year(as_of)) over (partition by level) as x
    from hires where pay > 0 and is_employed
)
select count(*) as number, regr_slope(y, x) as slope, regr_sxx(y, x) as sxx, regr_syy(y, x) as syy from placed
