{% macro graded(bands, measure, amount) -%}
{#- One value by bands that start at `minimum`, the first at 0; `amount` is a macro that renders the value of a band. -#}
{%- if not bands -%}
0
{%- else -%}
case
    {%- for band in bands | reverse %}
    when {{ measure }} >= {{ band.minimum }} then {{ amount(band) }}
    {%- endfor %}
    else 0
end
{%- endif -%}
{%- endmacro %}

{#- The match of one band of tiers: each rate on the part of the deferral between two shares of plan compensation.
    In cents times 10^8, exact whole numbers, so that the sum is rounded once. -#}
{% macro match_tiers(band) -%}
{%- for tier in band.tiers -%}
{{ setting_in_basis_points(tier.rate) }} * greatest(
            0, least(deferred_cents * 10000, plan_cents * {{ setting_in_basis_points(tier.deferral_to) }})
                - plan_cents * {{ setting_in_basis_points(tier.deferral_from) }}
        ){{ " + " if not loop.last }}
{%- else -%}
0
{%- endfor -%}
{%- endmacro %}

{% macro core_rate(band) -%}
{{ setting_in_basis_points(band.rate) }}
{%- endmacro %}
