{#- Why a person does not share in an employer contribution; null for those who do. `rules` is the eligibility section
    of the match or of the core contribution. -#}
{% macro ineligible_reason(rules) -%}
case
    when not coalesce(people.eligibility_date <= people.last_day, false) then 'not_plan_eligible'
    {%- if rules.require_employment_on_last_day %}
    when people.termination_date is not null
        {%- if rules.last_day_exceptions %}
        and people.termination_reason not in ('{{ rules.last_day_exceptions | join("', '") }}')
        {%- endif %} then 'not_employed_on_last_day'
    {%- endif %}
    when contributions.hours_worked < {{ rules.minimum_hours }}
        {%- if rules.waive_hours_for_new_hires %} and not people.is_new_hire{% endif %}
        {%- if rules.waive_hours_for_leavers %} and people.termination_date is null{% endif %} then 'too_few_hours'
    when {{ completed_years('people.hire_date', 'people.last_day') }} < {{ rules.minimum_service_years }} then 'too_short_service'
end
{%- endmacro %}

{#- The same question asked of a snapshot row: the second implementation, which the laws compare with the first. -#}
{% macro shares_in(rules) -%}
(
            snapshot.is_eligible
            and snapshot.tenure_years >= {{ rules.minimum_service_years }}
            {%- if rules.require_employment_on_last_day %}
            and (snapshot.employment_status = 'active'
                {%- for reason in rules.last_day_exceptions %} or snapshot.termination_reason = '{{ reason }}'{% endfor %})
            {%- endif %}
            and (snapshot.hours_worked >= {{ rules.minimum_hours }}
                {%- if rules.waive_hours_for_new_hires %} or starts_with(snapshot.detailed_status_code, 'new_hire'){% endif %}
                {%- if rules.waive_hours_for_leavers %} or snapshot.employment_status = 'terminated'{% endif %})
        )
{%- endmacro %}
