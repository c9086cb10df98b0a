"""The choices of a sweep are one Hive-partitioned dataset for polars and DuckDB, with the README's own lines, and agree with the
sweep's tables. Runs in a folder that holds results/cost-pass-through with recorded choices; its argument is the README."""

import re
import sys

import duckdb
import polars as pl

readme = open(sys.argv[1]).read()


def shown(tool):
    """What the README's block of a tool leaves in `profit`."""
    block = re.search(rf"```python\n# {tool}\n(.*?)```", readme, re.S)
    assert block and block.group(1).count("\n") == 2, f"two lines for {tool}"
    names = {}
    exec("import duckdb, polars as pl\n" + block.group(1), names)
    return names["profit"]


by_polars = shown("polars").sort("cell", "seed", "rule")
by_duckdb = pl.from_dicts(
    [dict(zip(("cell", "seed", "rule", "profit"), row)) for row in shown("DuckDB").fetchall()]
).sort("cell", "seed", "rule")
runs = pl.read_parquet("results/cost-pass-through/runs.parquet").sort("cell", "seed", "rule")
summary = pl.read_parquet("results/cost-pass-through/summary.parquet")
again = duckdb.sql("SELECT count(*), avg(profit) FROM 'results/cost-pass-through/runs.parquet'").fetchall()[0]

assert len(runs) == 5 * 4 * 8 and len(summary) == 5 * 8, (len(runs), len(summary))
assert again[0] == len(runs) and abs(again[1] - runs["profit"].mean()) < 1e-12
for name, found in ("polars", by_polars), ("DuckDB", by_duckdb):
    assert len(found) == len(runs), f"{name}: {len(found)} of {len(runs)} cells, seeds and rules"
    for key in "cell", "seed", "rule":
        assert found[key].cast(pl.String).to_list() == runs[key].cast(pl.String).to_list(), f"{name}: {key}"
    gap = (found["profit"] - runs["profit"]).abs().max()
    assert gap < 1e-12, f"{name}: profits of the choices and of runs.parquet differ by {gap}"
print(f"{len(runs)} cells, seeds and rules agree in polars {pl.__version__} and DuckDB {duckdb.__version__}")
