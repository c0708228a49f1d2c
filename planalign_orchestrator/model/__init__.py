"""The model: SQL below ``dbt/``, read, rendered and built without dbt.

``project`` reads the files and makes SQL of them, ``cells`` turns settings into rows, ``slices`` divides the people,
and ``build`` builds tables, several ``side_by_side`` where there are threads.
"""
