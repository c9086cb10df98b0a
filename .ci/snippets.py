"""Runs the README's snippets on a recorded run, and derives what tokenmarket prints a second time.

    snippets.py FOLDER TOKENMARKET      FOLDER holds results/ and compare.csv
"""

import io
import json
import math
import os
import pathlib
import re
import subprocess
import sys

import duckdb
import nbclient
import nbformat
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK, TOKENMARKET = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()


def run_of(market):
    [run] = [path for path in (WORK / "results" / market).iterdir() if not path.name.startswith(".")]
    return run


RUN = run_of("paper-uniform")


def printed(*arguments):
    done = subprocess.run([TOKENMARKET, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def close(found, expected, what, relative=1e-9, absolute=1e-12):
    # Sums in another order differ by rounding; what cancels to nothing is compared with one.
    assert math.isclose(found, expected, rel_tol=relative, abs_tol=absolute), f"{what}: {found} is not {expected}"


def blocks(language):
    text = (ROOT / "README.md").read_text()
    section = text.split("## Reading the results")[1].split("\n## ")[0]
    return [block.replace("RUN_ID", RUN.name) for block in re.findall(rf"```{language}\n(.*?)```", section, re.S)]


def check_snippets(compared):
    """Each prints one number of the comparison, the last of its output."""
    os.chdir(WORK)
    packages, flat = compared.loc["packages"], compared.loc["flat"]
    [sql] = blocks("sql")
    close(duckdb.sql(sql).fetchall()[0][0], packages.profit, "DuckDB")
    expected = [packages.consumer_surplus, flat.profit_difference]
    snippets = blocks("python")
    assert len(snippets) == len(expected)
    for snippet, number in zip(snippets, expected):
        done = subprocess.run([sys.executable, "-c", snippet], check=True, capture_output=True, text=True)
        close(float(done.stdout.split()[-1]), number, snippet)
    [r] = blocks("r")
    (WORK / "snippet.R").write_text(r)
    subprocess.run(["Rscript", "-e", 'invisible(parse("snippet.R"))'], check=True)
    queries = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("tokenmarket query")]
    assert queries
    print(f"{1 + len(snippets) + 1} snippets: DuckDB, Python, R (parsed)")


def check_comparison(run, baseline):
    """Every column of compare, from the recorded choices with pandas."""
    compared = pd.read_csv(io.StringIO(printed("compare", run, "--format", "csv"))).set_index("rule")
    document = json.loads(printed("compare", run, "--format", "json"))
    choices = {}
    for rule in compared.index:
        choices[rule] = pd.read_parquet(run / "choices" / f"rule={rule}").sort_values(["replicate", "user"], ignore_index=True)
    base = choices[baseline]
    checked = 0
    for rule, own in choices.items():
        profit, served = own.payment - own.cost, own["item"].notna().astype(float)
        columns = {
            "profit": profit, "revenue": own.payment, "cost": own.cost, "consumer_surplus": own.utility,
            "welfare": profit + own.utility, "served_share": served, "fine_tuned_share": (own.fine_tuning > 0).astype(float),
            "profit_difference": profit - (base.payment - base.cost), "consumer_surplus_difference": own.utility - base.utility,
        }
        columns |= {name: own[name] for name in own.columns if name.startswith("tokens_")}
        in_json = next(entry for entry in document["rules"] if entry["rule"] == rule)
        for name, values in columns.items():
            close(compared.loc[rule, name], values.mean(), f"{rule} {name}")
            close(compared.loc[rule, f"{name}_se"], values.std() / math.sqrt(len(values)), f"{rule} {name}_se", 1e-6)
            if not name.startswith("tokens_"):
                close(in_json[name]["mean"], compared.loc[rule, name], f"json {rule} {name}", 1e-15)
            checked += 2
    print(f"{run.parent.name}: compare, {checked} figures agree with pandas")
    return compared, choices


def check_incidence(run, by, group_of, choices, baseline):
    """Every column of incidence, with pandas."""
    found = pd.read_csv(io.StringIO(printed("incidence", run, "--by", by, "--format", "csv")), dtype={"group": str})
    buyers = pd.read_parquet(run / "buyers").sort_values(["replicate", "user"], ignore_index=True)
    group = group_of(found, buyers)
    base = choices[baseline]
    checked = 0
    for rule, own in choices.items():
        frame = pd.DataFrame({
            "served_share": own["item"].notna().astype(float), "payment": own.payment, "cost": own.cost,
            "profit": own.payment - own.cost, "consumer_surplus": own.utility, "gain": own.utility - base.utility,
            "fine_tuning": own.fine_tuning,
        } | {name: own[name] for name in own.columns if name.startswith("tokens_")})
        grouped = frame.groupby(group)
        means, errors = grouped.mean(), grouped.sem()
        rows = found[found.rule == rule].set_index("group")
        assert set(rows.index) == set(means.index), (rule, by)
        for name in frame.columns:
            for label in means.index:
                close(rows.loc[label, name], means.loc[label, name], f"{rule} {by} {label} {name}")
                close(rows.loc[label, f"{name}_se"], errors.loc[label, name], f"{rule} {by} {label} {name}_se", 1e-6)
                checked += 2
        for label, members in own.groupby(group):
            if members.cost.mean() > 1e-9:
                ratio = members.payment.mean() / members.cost.mean()
                residuals = members.payment - ratio * members.cost
                unit = math.sqrt(len(members)) * members.cost.mean()
                close(rows.loc[label, "markup"], ratio, f"{rule} {by} {label} markup")
                # Where all pay one markup the residuals cancel; of their variance, a difference of sums over n buyers that
                # round by up to n half-ulps each, the rounding remains.
                rounding = math.sqrt(8 * len(members) * 2.2e-16) * members.payment.std() / unit
                close(rows.loc[label, "markup_se"], residuals.std() / unit, f"{rule} {by} {label} markup_se", 1e-5,
                      max(1e-12, rounding))
                checked += 2
    print(f"{run.parent.name}: incidence by {by}, {checked} figures agree with pandas")


def cut(found, buyers, column):
    edges = found.drop_duplicates("group").high.dropna().to_numpy()
    return pd.Series(pd.array((edges.searchsorted(buyers[column], side="left") + 1).astype(str)), index=buyers.index)


def check_query(run):
    """Answers of polars against those of DuckDB."""
    choices = f"read_parquet('{run}/choices/**/*.parquet', hive_partitioning = true)"
    buyers = f"read_parquet('{run}/buyers/*.parquet')"
    for query in [
        "SELECT rule, COUNT(*) AS n, SUM(payment) AS paid, MAX(utility) AS best FROM choices GROUP BY rule ORDER BY rule",
        "SELECT rule, item, COUNT(*) AS n FROM choices WHERE item IS NOT NULL AND payment > 0.2 GROUP BY rule, item "
        "ORDER BY n DESC, rule, item LIMIT 20",
        'SELECT AVG(c.payment) AS paid FROM choices AS c JOIN buyers AS b ON c."user" = b."user" AND c.replicate = b.replicate '
        "WHERE c.rule = 'packages' AND b.\"index\" > 0.8",
    ]:
        ours = pd.read_csv(io.StringIO(printed("query", run, query, "--format", "csv")))
        theirs = duckdb.sql(re.sub(r"\bFROM choices\b", f"FROM {choices}", query).replace("JOIN buyers", f"JOIN {buyers}")).df()
        assert list(ours.columns) == list(theirs.columns) and len(ours) == len(theirs), query
        for column in ours.columns:
            for own, other in zip(ours[column], theirs[column]):
                if isinstance(other, str):
                    assert own == other, query
                else:
                    close(float(own), float(other), query)
    print("query: polars and DuckDB agree")


def check_notebook():
    path = ROOT / "experiments/paper-uniform/reading.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "the notebook is committed without outputs"
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3",
                            resources={"metadata": {"path": str(WORK)}}).execute()
    print("notebook: executed")


def main():
    compared, choices = check_comparison(RUN, "packages")
    check_incidence(RUN, "decile", lambda found, buyers: cut(found, buyers, "index"), choices, "packages")
    check_incidence(RUN, "scale", lambda found, buyers: cut(found, buyers, "scale"), choices, "packages")
    segments = run_of("segments")
    _, choices_of_segments = check_comparison(segments, "packages")
    check_incidence(segments, "segment", lambda _, buyers: buyers.segment, choices_of_segments, "packages")
    check_query(RUN)
    check_snippets(compared)
    check_notebook()


main()
