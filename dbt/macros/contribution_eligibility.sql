{#- Why a person does not share in an employer contribution; null for those who do. `money` is match or core, whose
    conditions are columns of `cells`. -#}
{% macro ineligible_reason(money) -%}
case
    when not coalesce(plan_state.eligibility_date <= people.last_day, false) then 'not_plan_eligible'
    when not coalesce(plan_state.{{ money }}_entry_date <= people.last_day, false) then 'before_entry'
    when cells.{{ money }}_requires_last_day
        and people.termination_date is not null
        and not (cells.last_day_counts and people.termination_date = {{ year_end() }})
        and not list_contains(cells.{{ money }}_last_day_exceptions, people.termination_reason) then 'not_employed_on_last_day'
    when contributions.hours_worked < cells.{{ money }}_minimum_hours
        and not (cells.{{ money }}_waives_hours_for_new_hires and people.is_new_hire)
        and not (cells.{{ money }}_waives_hours_for_leavers and people.termination_date is not null) then 'too_few_hours'
    when people.service_years < cells.{{ money }}_minimum_service_years
        then 'too_short_service'
end
{%- endmacro %}

{#- The same question asked of a snapshot row: the second implementation, which the laws compare with the first. -#}
{% macro shares_in(money) -%}
{%- set last_day = 'coalesce(snapshot.termination_date, ' ~ year_end() ~ ')' -%}
(
            coalesce(snapshot.{{ money }}_entry_date <= {{ last_day }}, false)
            and {{ has_served('snapshot.hire_date', 'cells.' ~ money ~ '_minimum_service_years', last_day) }}
            and case when cells.{{ money }}_requires_last_day and snapshot.employment_status <> 'active'
                then (cells.last_day_counts and snapshot.termination_date = {{ year_end() }})
                    or coalesce(list_position(cells.{{ money }}_last_day_exceptions, snapshot.termination_reason), 0) > 0
                else true
            end
            and case when snapshot.hours_worked < cells.{{ money }}_minimum_hours
                then (cells.{{ money }}_waives_hours_for_new_hires and starts_with(snapshot.detailed_status_code, 'new_hire'))
                    or (cells.{{ money }}_waives_hours_for_leavers and snapshot.employment_status = 'terminated')
                else true
            end
        )
{%- endmacro %}

{% macro band_of_match() -%}
{#- Which tiers a person has: those of the band that the family of the match goes by. -#}
sharing.cell = tiers.cell
            and case tiers.match_family
                when 'deferral_tiers' then 0
                when 'graded_by_service' then sharing.service_years
                when 'tenure_bands' then sharing.service_years
                when 'points' then sharing.points
                else error('unknown family of matches: ' || tiers.match_family)
            end between tiers.minimum and tiers.below - 1
{%- endmacro %}

{% macro has_pool() -%}
(cells.core_type = 'profit_sharing' and (cells.core_pool_amount is not null or cells.core_pool_rate is not null))
{%- endmacro %}

{% macro integration_level() -%}
{#- The pay above which permitted disparity adds, in cents times ten thousand: a share of the wage base, or an amount up to it. -#}
case
            when cells.core_integration_amount is null
                then {{ cents('limits.social_security_wage_base') }} * {{ basis_points('cells.core_integration_level') }}
            else 10000 * {{ cents('least(cells.core_integration_amount, limits.social_security_wage_base)') }}
        end
{%- endmacro %}

{% macro class_of(groups, is_hce) -%}
{#- The class of a profit-sharing contribution; null where classes are by age, or there are none. -#}
case
            when cells.core_type <> 'profit_sharing' or cells.core_classes_by = 'age' then null
            when cells.core_classes_by = 'hce' then case when {{ is_hce }} then 'hce' else 'nhce' end
            else map_extract_value({{ groups }}, cells.core_classes_by)
        end
{%- endmacro %}

{% macro is_highly_compensated(prior_pay='people.prior_year_compensation', was_here='not people.is_new_hire', limits='limits') -%}
{#- Of IRC 414(q)(1), from people, limits, cells and top_paid. -#}
(people.is_five_percent_owner or (
            {{ was_here }}
            and {{ prior_pay }} > {{ limits }}.hce_compensation_last_year
            and (not cells.top_paid_group_election or top_paid.employee_id is not null)
        ))
{%- endmacro %}

{% macro maximum_rate(is_hce) -%}
{#- The highest deferral rate that the plan allows somebody; least() passes over a rate that is not set. -#}
case
            when {{ is_hce }} then least(cells.maximum_deferral_rate, cells.hce_maximum_rate)
            else cells.maximum_deferral_rate
        end
{%- endmacro %}

{% macro catch_up_is_roth(prior_pay) -%}
{#- Whether all of somebody's catch-up must be Roth (IRC 414(v)(7)). -#}
({{ var('simulation_year') }} >= 2026 and coalesce({{ prior_pay }} > limits.roth_catch_up_wages, false))
{%- endmacro %}

{% macro highest_election(maximum_rate, birth_date, prior_pay=none) -%}
{#- The highest rate that somebody may elect: what the plan allows, and more for people who may make catch-up, who exceed
    a limit of the plan with it (Treas. Reg. 1.414(v)-1(b)(1)(ii)). -#}
case
            when {{ completed_by_year_end(birth_date, year_end()) }} >= 50
                {%- if prior_pay %}
                and (cells.roth_available or not {{ catch_up_is_roth(prior_pay) }})
                {%- endif %}
                then 0.75
            else {{ maximum_rate }}
        end::decimal(6, 4)
{%- endmacro %}
