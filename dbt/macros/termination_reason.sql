{% macro termination_reason(is_extra='false') -%}
{#- Why someone leaves for no cause of their own; `is_extra` marks exits beyond the planned ones, which only a reduction in force has. -#}
case
    when {{ is_extra }} then 'reduction_in_force'
    when {{ draw('termination_reason', 'employee_id') }} < involuntary_share then 'involuntary'
    else 'voluntary'
end
{%- endmacro %}
