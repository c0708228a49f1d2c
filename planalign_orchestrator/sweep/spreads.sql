-- How the values of each alternative are spread.

select alternative, count(value), avg(value), stddev_samp(value), quantile_cont(value, {{ quantiles }})
from {{ relation }} where value is not null
group by all
