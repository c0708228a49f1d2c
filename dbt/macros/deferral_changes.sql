{#- The rate after what int_deferral_changes says of a person. Lowering leaves a point of pay: whoever wants less stops. -#}

{% macro rate_after_change(rate) -%}
case change
    when 'stopped' then 0
    when 'lowered' then least({{ rate }}, greatest({{ rate }} - points, 0.01))
    when 'raised' then greatest({{ rate }}, least({{ rate }} + points, maximum_rate))
    when 'match_response' then case when upward then greatest({{ rate }}, points) else least({{ rate }}, points) end
    else {{ rate }}
end::decimal(6, 4)
{%- endmacro %}
