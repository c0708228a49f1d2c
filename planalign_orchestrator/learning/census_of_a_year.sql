-- A year of a simulation as a census.
copy (
    select
        employee_id,
        birth_date,
        hire_date,
        current_compensation as annual_compensation,
        termination_date,
        level_id as job_level,
        deferral_rate,
        scheduled_hours_per_week
    from fct_workforce_snapshot
    where simulation_year = {{ year }}
    order by employee_id
) to '{{ path }}' (header)
