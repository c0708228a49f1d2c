-- The commonest words of which nobody knows whether they say that a person has left, and how many rows have them.

select lower({{ status }}), count(*) from raw where {{ status }} is not null and ({{ has_gone }}) is null
group by 1 order by 2 desc, 1 limit {{ most }}
