{#- The match of one band of tiers: each rate on the part of the deferral between two shares of plan compensation.
    Unrounded, so that the sum is rounded once. -#}
{% macro match_tiers(band) -%}
{%- for tier in band.tiers -%}
{{ rate(tier.rate) }} * greatest(
        0, least(employee_contributions, plan_compensation * {{ rate(tier.deferral_to) }}) - plan_compensation * {{ rate(tier.deferral_from) }}
    ){{ " + " if not loop.last }}
{%- else -%}
0
{%- endfor -%}
{%- endmacro %}

{% macro core_rate(band) -%}
{{ rate(band.rate) }}
{%- endmacro %}
