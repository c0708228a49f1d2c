{% macro termination_reason(birth_date, termination_date, is_extra='false') -%}
{#- Why someone leaves; `is_extra` marks exits beyond the planned ones, which only a reduction in force has. -#}
case
    when {{ completed_years(birth_date, termination_date) }} >= retirement_age then 'retirement'
    when {{ is_extra }} then 'reduction_in_force'
    when {{ draw('termination_reason', 'employee_id') }} < involuntary_share then 'involuntary'
    else 'voluntary'
end
{%- endmacro %}
