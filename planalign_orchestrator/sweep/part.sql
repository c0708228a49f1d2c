-- A table of a pack with the keys of its cells. In the summary a cell that broke a law says so in the year in which it ended.
copy (
    from (
        select key, rows.* exclude (cell, scenario_id, plan_design_id)
        from {{ table }} as rows
        inner join sweep_keys using (cell)
        {% if tells_laws %}
        union all by name
        select key, year as simulation_year, laws as broken_laws
        from sweep_broken
        inner join sweep_keys using (cell)
        {% endif %}
    )
    order by all
) to '{{ path }}' (format parquet, compression zstd)
