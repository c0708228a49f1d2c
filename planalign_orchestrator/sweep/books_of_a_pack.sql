-- The censuses of a pack out of those of a book, each with its number.
copy (
    select census, rows.* exclude ({{ key }})
    from read_parquet('{{ book }}') as rows
    inner join sweep_censuses using ({{ key }})
) to '{{ path }}' (format parquet)
