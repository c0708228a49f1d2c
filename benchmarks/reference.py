"""A fixed computation whose time tells how fast this machine is now, so that figures of two machines compare."""

from __future__ import annotations

import json
import re
import time

import duckdb

_HASH_AND_SORT = """
select count(*) from (
    select md5(i::varchar) as h, row_number() over (order by md5(i::varchar)) as r from range(1000000) as t(i)
) where r % 2 = 0
"""
_WORD = re.compile(r"[a-z]+\d")


def reference_seconds() -> float:
    """Processor seconds of a fixed amount of work on one thread: half in DuckDB, half in Python, as a run is."""
    began = time.process_time()
    with duckdb.connect(config={"threads": "1"}) as connection:
        connection.execute(_HASH_AND_SORT).fetchall()
    _work_in_python()
    return time.process_time() - began


def _work_in_python() -> int:
    """What Python does most in a run: small mappings, text put together, searched and taken apart again."""
    found = 0
    for i in range(6_000):
        node = {f"column_{j}": {"type": "integer", "position": j * i} for j in range(12)}
        text = json.dumps(node, sort_keys=True)
        found += len(_WORD.findall(text.replace("_", ""))) + len(json.loads(text))
    return found
