{#- A share lies between 0 and 1; null where there is nothing to divide by. -#}
{% test share_of_one(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} not between 0 and 1
{% endtest %}
