{#- The groups of people that are made of other columns of fct_workforce_snapshot. The list of the people behind a figure
    takes the same words (reports/group_view.py), so they use no macro and no setting. -#}

{% macro pay_band() -%}
case
            when current_compensation < 50000 then '<50k'
            when current_compensation < 100000 then '50k-100k'
            when current_compensation < 200000 then '100k-200k'
            else '200k+'
        end
{%- endmacro %}

{% macro enrolled_by() -%}
case
            when enrollment_source is not null then enrollment_source
            when not is_eligible then 'not_eligible'
            when ever_opted_out then 'opted_out'
            else 'not_enrolled'
        end
{%- endmacro %}

{% macro deferral_band() -%}
case
            when deferral_rate = 0 then '0%'
            when deferral_rate < 0.01 then '<1%'
            when deferral_rate >= 0.15 then '15%+'
            else floor(deferral_rate * 100)::integer || '%'
        end
{%- endmacro %}
