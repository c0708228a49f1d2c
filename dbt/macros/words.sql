{#- The words that repeat in the rows of the facts. A column of them is enumerated: a row takes one byte of it, and a word
    that is not in the list is an error. -#}

{% macro words(column) -%}
{{ return({
    'employment_status': ['active', 'terminated'],
    'detailed_status_code': ['continuous_active', 'new_hire_active', 'experienced_termination', 'new_hire_termination'],
    'termination_reason': ['retirement', 'death', 'disability', 'reduction_in_force', 'voluntary', 'involuntary', 'known'],
    'enrollment_source': ['census', 'voluntary', 'auto', 'conversion', 'match_response'],
    'event_type': [
        'hire', 'eligibility', 'promotion', 'raise', 'deferral_change', 'enrollment', 'opt_out', 'deferral_escalation',
        'termination', 'forfeiture'],
    'event_category': [
        'new_hire', 'plan_entry', 'level_change', 'merit_and_cola', 'raised', 'lowered', 'stopped', 'plan_maximum',
        'voluntary', 'auto', 'conversion', 'match_response', 'auto_escalation', 'experienced', 'unvested_employer_money'],
    'ineligible_reason': [
        'not_plan_eligible', 'before_entry', 'not_employed_on_last_day', 'too_few_hours', 'too_short_service', 'no_match',
        'no_compensation', 'long_term_part_time', 'otherwise_excludable']
}[column]) }}
{%- endmacro %}

{% macro word(column, value) -%}
({{ value }})::enum('{{ words(column) | join("', '") }}')
{%- endmacro %}

{% macro the_word(column, value) -%}
{{ word(column, "'" ~ value ~ "'") }}
{%- endmacro %}
