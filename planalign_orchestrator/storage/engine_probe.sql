-- A hash of values of every type: two engines with the same one hash alike.

select hash(hash(true, 1::tinyint, 2::smallint, 3::integer, 4::bigint, 5::hugeint, 6::utinyint, 7::ubigint, 8.5::double,
    9.5::float, 1.5::decimal(4, 1), 2.5::decimal(9, 2), 3.5::decimal(18, 4), 4.5::decimal(38, 6), date '2025-01-31',
    timestamp '2025-01-31 12:34:56', 'short', 'a text of more than twelve letters',
    '6f0b6f4e-5c1b-4a0e-9d3b-0123456789ab'::uuid, null::integer, null::varchar))
