"""Times tokenmarket and peers on the same market, once all are seen to agree on the mean profit of every rule.

Menus are those tokenmarket designs; every peer draws buyers of its own, so that means agree within sampling error: four
standard errors of their difference. Peers take sums and squares of profits alone.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import jit
import numba
import numpy as np
import polars as pl
import whole
from market import Model

MARKET = "experiments/peers/market.toml"
KNOWN_INDEX = "experiments/peers/known-index.toml"
CORES = 2
BATCH = 8192
# Of a run of tokenmarket.
MOST_REPLICATES = 10_000
# Replicates that tell how many it takes, which then is known to 9 %: with fewer a race would be won by luck.
PROBED = 256


def moments(count, sums, squares):
    """Means with standard errors."""
    mean = sums / count
    return mean, np.sqrt(np.maximum(squares / count - mean * mean, 0.0) / count)


def numpy_share(arguments):
    """Counts, sums and sums of squares of one process."""
    model, seed, buyers = arguments
    generator = np.random.Generator(np.random.PCG64(seed))
    sums, squares = np.zeros(len(model.rules)), np.zeros(len(model.rules))
    for first in range(0, buyers, BATCH):
        columns = model.profits(model.indices(generator, min(BATCH, buyers - first)))
        sums += [column.sum() for column in columns]
        squares += [(column * column).sum() for column in columns]
    return sums, squares


def run_numpy(model, users):
    """Mean profits with standard errors from two processes."""
    share = users // CORES
    with multiprocessing.Pool(CORES) as pool:
        pool.map(len, [[]] * CORES)
        started = time.perf_counter()
        found = pool.map(numpy_share, [(model, seed, share) for seed in range(CORES)])
        seconds = time.perf_counter() - started
    return seconds, *moments(share * CORES, sum(sums for sums, _ in found), sum(squares for _, squares in found))


def run_numba(model, users, expert):
    """Mean profits with standard errors from two threads; compiled before the clock starts."""
    work = jit.compiled(expert)
    numba.set_num_threads(CORES)
    law = (model.n_tasks, model.mu, model.spread, model.correlation)
    technology = (model.sigma, model.gamma, model.base, model.tuning_cost, float(model.efficiency))
    rest = (law, technology, *jit.flat(model))
    work(512 * CORES, CORES, *rest)
    users = users // (256 * CORES) * 256 * CORES
    started = time.perf_counter()
    sums = work(users, CORES, *rest).sum(axis=0)
    return time.perf_counter() - started, *moments(users, sums[0], sums[1])


def run_polars(model, users):
    """Mean profits with standard errors: numpy's normals (polars has none), all else in expressions of polars."""
    generator = np.random.Generator(np.random.PCG64(7))
    power, count = 1 / (1 - model.sigma), 0
    size = power * model.spread * np.sqrt(1 - model.correlation)
    sums, squares = np.zeros(len(model.rules)), np.zeros(len(model.rules))
    started = time.perf_counter()
    for first in range(0, users, 8 * BATCH):
        buyers = min(8 * BATCH, users - first)
        own = generator.standard_normal((model.n_tasks, buyers))
        frame = pl.DataFrame({f"t{task}": own[task] for task in range(model.n_tasks)})
        frame = frame.with_columns(common=generator.standard_normal(buyers) * np.sqrt(model.correlation))
        total = pl.sum_horizontal([(size * pl.col(f"t{task}")).exp() for task in range(model.n_tasks)])
        index = (model.mu + model.spread * pl.col("common")).exp() * (total / model.n_tasks).pow(1 / power)
        index = frame.select(index=index)["index"]
        for rule, definition in enumerate(model.rules):
            if definition["kind"] in ("first-best", "marginal-cost", "pay-as-you-go"):
                # Closed forms, as numpy has them.
                profit = pl.Series(model.profits_of(definition, index.to_numpy()))
            else:
                thresholds, margins = model.thresholds(definition)
                reached = pl.Series(thresholds).search_sorted(index, side="right")
                profit = pl.Series(np.concatenate([[0.0], margins])).gather(reached)
            sums[rule] += profit.sum()
            squares[rule] += (profit * profit).sum()
        count += buyers
    return time.perf_counter() - started, *moments(count, sums, squares)


def run_rust(program, model, users):
    """Mean profits with standard errors from a program of the folders rust and krabmaga."""
    text = model.described(users, CORES)
    lines = subprocess.run([program], input=text, check=True, capture_output=True, text=True).stdout.splitlines()
    mean, error = np.array([[float(word) for word in line.split()] for line in lines[1:]]).T
    return float(lines[0]), mean, error


def simulate(binary, market, users, changes=(), record="none"):
    """The summary, the time its manifest gives to the simulation alone, and the indices of buyers who are recorded."""
    with tempfile.TemporaryDirectory() as out:
        command = [binary, "run", market, "--users", str(users), "--threads", str(CORES), "--out", out, "--format", "json"]
        command += [part for change in changes for part in ("--set", change)]
        finished = subprocess.run([*command, "--record", record], check=True, capture_output=True)
        summary = json.loads(finished.stdout)
        folder = f"{out}/{summary['run']}"
        with open(f"{folder}/manifest.json", encoding="utf-8") as file:
            seconds = json.load(file)["timings"]["simulate_seconds"]
        recorded = pl.read_parquet(f"{folder}/buyers/*.parquet")["index"].to_numpy() if record == "all" else None
    return summary, seconds, recorded


def run_tokenmarket(binary, market, users, changes=()):
    """Mean profits with standard errors, and the time of the simulation alone."""
    summary, seconds, _ = simulate(binary, market, users, changes)
    profits = [rule["profit"] for rule in summary["rules"]]
    return seconds, np.array([p["mean"] for p in profits]), np.array([p["se"] for p in profits])


def check(model, found):
    """Ends the program where any peer disagrees with the first, on any rule."""
    first, results = next(iter(found.items()))
    _, mean, error = results[0]
    for name, results in found.items():
        _, other, other_error = results[0]
        allowed = 4 * np.hypot(error, other_error) + 1e-12 * np.abs(mean)
        for rule, gap, most in zip(model.rules, np.abs(mean - other), allowed):
            if not gap <= most:
                sys.exit(f"{name} and {first} disagree on {rule['rule']}: by {gap:.3e} $, where chance allows {most:.3e} $")


def race(given, model):
    """Prints the time to a standard error of a rule's mean profit: as many buyers as a probe says it takes."""
    labels, label = [rule["rule"] for rule in model.rules], given.rule or "packages"
    if label not in labels:
        sys.exit(f"--rule {label}: the market has {', '.join(labels)}")
    position = labels.index(label)
    share, probed = given.precision, 50_000

    def precision(result):
        return result[2][position] / result[1][position]

    probe = run_numpy(model, probed)
    if not probe[1][position] > 0:
        sys.exit(f"--rule {label}: it earns nothing, of which there is no share; take a rule with a profit")
    needed = int(np.ceil(probed * (precision(probe) / share) ** 2))
    runners = {f"numpy, {needed:,} buyers": lambda: run_numpy(model, needed)}
    for sampling in ("stratified", "sobol"):

        def run(users, replicates, sampling=sampling):
            changes = [f"run.replicates={replicates}", f"run.sampling={sampling}"]
            return run_tokenmarket(given.binary, given.market, users, changes)

        # Evenly spread buyers come in powers of two, replicates in any number from eight on. The fastest of those that are precise
        # enough runs the race: of many small replicates the buyers are fewer, but each takes longer.
        choices = []
        for users in (2**power for power in itertools.count(7)):
            replicates = max(8, int(np.ceil(PROBED * (precision(run(users, PROBED)) / share) ** 2)))
            if replicates > MOST_REPLICATES:
                continue
            seconds = statistics.median(run(users, replicates)[0] for _ in range(given.runs))
            choices.append((seconds, users, replicates))
            if replicates == 8:
                break
        _, users, replicates = min(choices)
        name = f"tokenmarket, {replicates} x {users:,} {sampling}"
        runners[name] = lambda run=run, users=users, replicates=replicates: run(users, replicates)
    found = {name: [] for name in runners}
    for _ in range(given.runs):
        for name, run in runners.items():
            found[name].append(run())
    check(model, found)
    print(f"to a standard error of {share:.2%} of the mean profit of {label}, median of {given.runs}:")
    medians = {name: statistics.median(seconds for seconds, _, _ in results) for name, results in found.items()}
    slowest = max(medians.values())
    for name, seconds in medians.items():
        error = precision(found[name][0])
        print(f"{name:40} {seconds:9.4f} s, {error:.3%}   the slowest time over its {slowest / seconds:7.2f}")


def whole_race(binary, market, users, runs):
    """Prints how long numpy takes for all that tokenmarket folds, once both have the same figures of the same buyers."""
    model = Model(binary, market)
    summary, _, index = simulate(binary, market, 50_000, record="all")
    agree = whole.compare(model, summary, index)
    edges = whole.edges_of(model, summary)
    own, others = [], []
    for _ in range(runs):
        own.append(simulate(binary, market, users)[1])
        others.append(whole.run(model, edges, users, CORES))
    kind = "of known index" if model.n_tasks is None else f"with {model.n_tasks} tasks"
    print(f"{users:,} buyers {kind}, {agree} figures agree, median of {runs}:")
    for name, seconds in (("tokenmarket", own), (f"numpy {np.__version__}, {CORES} processes, all figures", others)):
        seconds = statistics.median(seconds)
        print(f"{name:42} {users / seconds / 1e6:8.3f} M buyers/s   time over tokenmarket's {seconds / statistics.median(own):7.2f}")


def processor():
    """What the machine says of its processor."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/release/tokenmarket")
    parser.add_argument("--programs", default="target/peers/release", help="folder of the peers in Rust")
    parser.add_argument("--market", help=f"{MARKET}, with --whole {KNOWN_INDEX} besides, if not given")
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="few buyers, once: check that all agree and print ratios")
    parser.add_argument("--precision", type=float, metavar="SHARE", help="time to this standard error instead, as 0.001")
    parser.add_argument("--whole", action="store_true", help="numpy folds all that tokenmarket does")
    parser.add_argument("--rule", metavar="LABEL", help="with --precision: of whose mean profit; packages if not given")
    given = parser.parse_args()
    if given.precision is not None and not 1e-5 <= given.precision < 1:
        parser.error(f"--precision is a share of the mean profit from 1e-5 (minutes of numpy) to below 1, not {given.precision}")
    if given.rule is not None and given.precision is None:
        parser.error("--rule says whose mean profit --precision is about: give both, or neither")
    if given.whole and (given.small or given.precision is not None):
        parser.error("--whole is a race of its own: leave out --small, which has it too, and --precision")
    users, runs = (50_000, 1) if given.small else (given.users, given.runs)
    if given.whole or given.small:
        for market in [given.market] if given.whole and given.market else [MARKET, KNOWN_INDEX]:
            whole_race(given.binary, market, users, runs)
    if given.whole:
        return
    given.market = given.market or MARKET
    model = Model(given.binary, given.market)
    if model.n_tasks is None:
        parser.error(f"--market {given.market}: its buyers have no tasks; one like {MARKET}, or --whole")
    if given.precision is not None:
        race(given, model)
        return
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout.split()
    peers = {
        "tokenmarket": lambda: run_tokenmarket(given.binary, given.market, users),
        f"numpy {np.__version__}, {CORES} processes": lambda: run_numpy(model, users),
        f"numba {numba.__version__}, ordinary": lambda: run_numba(model, users, False),
        f"numba {numba.__version__}, expert": lambda: run_numba(model, users, True),
        f"polars {pl.__version__}": lambda: run_polars(model, users),
        f"Rust {rustc[1] if rustc else ''}, straightforward": lambda: run_rust(f"{given.programs}/peer", model, users),
        "krABMaga 0.6.2, one thread": lambda: run_rust(f"{given.programs}/krabmaga-peer", model, users),
    }
    # In turn, so that the load of the machine is the same for all.
    found = {name: [] for name in peers}
    for _ in range(runs):
        for name, run in peers.items():
            found[name].append(run())
    check(model, found)
    print(
        f"{users:,} buyers, {model.n_tasks} tasks, {len(model.rules)} rules, {CORES} of {os.cpu_count()} cores of {processor()}, "
        f"Python {platform.python_version()}, median of {runs}, {time.strftime('%Y-%m-%d')}:"
    )
    own = statistics.median(seconds for seconds, _, _ in found["tokenmarket"])
    for name, results in found.items():
        seconds = statistics.median(seconds for seconds, _, _ in results)
        speed = "" if given.small else f"{users / seconds / 1e6:8.3f} M buyers/s   "
        print(f"{name:32} {speed}time over tokenmarket's {seconds / own:7.2f}")


if __name__ == "__main__":
    main()
