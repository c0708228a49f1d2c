"""The model: SQL below ``dbt/``, read, rendered and built without dbt.

``project`` reads the files, ``render`` makes SQL of them, ``slices`` divides the people, ``build`` builds tables, and
``failures`` says what an error of the database means.
"""
