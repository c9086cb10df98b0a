"""Times tokenmarket and peers on the same market, once they are seen to agree on the mean profit of every rule.

Usage: peers.py BINARY MARKET USERS RUNS. Menus are those tokenmarket designs; every peer draws buyers of its own, so that
means agree within sampling error: four standard errors of their difference.
"""

import json
import multiprocessing
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib

import numpy as np

CORES = 2
BATCH = 8192


class Model:
    """What a peer needs to know of a market: its law, its technology and the items of its menus."""

    def __init__(self, binary, market):
        with open(market, "rb") as file:
            config = tomllib.load(file)
        technology, population = config["technology"], config["population"]
        exponents = [token["exponent"] for token in technology["tokens"]]
        self.sigma = sum(exponents)
        log_efficiency = sum(a * np.log(a / (self.sigma * token["cost"])) for a, token in zip(exponents, technology["tokens"]))
        self.efficiency = np.exp(log_efficiency)
        self.base = technology["base_quality"]
        self.gamma = technology["fine_tuning"]["exponent"]
        self.tuning_cost = technology["fine_tuning"]["cost"]
        self.n_tasks = population["n_tasks"]
        self.mu, self.spread = population["value"]["mu"], population["value"]["sigma"]
        self.correlation = population["dependence"]["correlation"]
        designed = subprocess.run([binary, "design", market, "--format", "json"], check=True, capture_output=True)
        self.rules = json.loads(designed.stdout)["rules"]

    def demand_profit(self, index, markup, tuning_markup):
        """Seller's profit from buyers who face proportional prices, by the closed form."""
        sigma, gamma, base = self.sigma, self.gamma, self.base
        reference = (base * self.tuning_cost * sigma / gamma) ** (1 - sigma) / (sigma * self.efficiency * base**gamma)
        start = reference * markup**sigma * tuning_markup ** (1 - sigma)
        ratio = index / reference * markup**-sigma
        untuned = (sigma * reference * self.efficiency * base**gamma) ** (1 / (1 - sigma)) * ratio ** (1 / (1 - sigma))
        quality = base * (ratio * tuning_markup ** -(1 - sigma)) ** (1 / (1 - sigma - gamma))
        tuned = index >= start
        outlay = np.where(tuned, sigma / gamma * tuning_markup * self.tuning_cost * quality, untuned)
        tuning = np.where(tuned, np.maximum(quality - base, 0.0), 0.0)
        profit = outlay * (1 - 1 / markup) + (tuning_markup - 1) * self.tuning_cost * tuning
        surplus = outlay * (1 / sigma - 1) - self.tuning_cost * tuning_markup * tuning
        return profit, surplus

    def profits(self, index):
        """Profit of every rule from every buyer."""
        columns = []
        for rule in self.rules:
            if rule["kind"] == "first-best":
                columns.append(self.demand_profit(index, 1.0, 1.0)[1])
            elif rule["kind"] in ("marginal-cost", "pay-as-you-go"):
                item = rule["items"][0]
                columns.append(self.demand_profit(index, item["markup"], item["fine_tuning_markup"])[0])
            else:
                items = rule["items"]
                thresholds = np.array([item["threshold"] for item in items])
                margin = [item["payment"] - item["spend"] - self.tuning_cost * item["fine_tuning"] for item in items]
                columns.append(np.array([0.0, *margin])[np.searchsorted(thresholds, index, side="right")])
        return columns

    def indices(self, generator, buyers):
        """CES indices of fresh buyers: one exponential per task, the common factor taken out of the sum."""
        power = 1 / (1 - self.sigma)
        common = generator.standard_normal(buyers) * np.sqrt(self.correlation)
        own = generator.standard_normal((buyers, self.n_tasks))
        own *= power * self.spread * np.sqrt(1 - self.correlation)
        np.exp(own, out=own)
        return np.exp(self.mu + self.spread * common) * own.mean(axis=1) ** (1 / power)


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
    count = share * CORES
    mean = sum(sums for sums, _ in found) / count
    variance = sum(squares for _, squares in found) / count - mean * mean
    return seconds, mean, np.sqrt(np.maximum(variance, 0.0) / count)


def run_tokenmarket(binary, market, users):
    """Mean profits with standard errors, and the time its manifest gives to the simulation alone."""
    with tempfile.TemporaryDirectory() as out:
        command = [binary, "run", market, "--users", str(users), "--threads", str(CORES), "--out", out, "--format", "json"]
        summary = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        with open(f"{out}/{summary['run']}/manifest.json", encoding="utf-8") as file:
            seconds = json.load(file)["timings"]["simulate_seconds"]
    profits = [rule["profit"] for rule in summary["rules"]]
    return seconds, np.array([p["mean"] for p in profits]), np.array([p["se"] for p in profits])


def main():
    binary, market, users, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    model = Model(binary, market)
    peers = {
        "tokenmarket": lambda: run_tokenmarket(binary, market, users),
        f"numpy {np.__version__}, {CORES} processes": lambda: run_numpy(model, users),
    }
    found = {name: [run() for _ in range(runs)] for name, run in peers.items()}
    _, mean, error = found["tokenmarket"][0]
    for name, results in found.items():
        _, other, other_error = results[0]
        allowed = 4 * np.hypot(error, other_error) + 1e-12 * np.abs(mean)
        for rule, gap, most in zip(model.rules, np.abs(mean - other), allowed):
            if not gap <= most:
                sys.exit(f"{name} disagrees on {rule['rule']}: by {gap:.3e} $, where chance allows {most:.3e} $")
    print(f"{users:,} buyers, {model.n_tasks} tasks, {len(model.rules)} rules, {CORES} cores, {platform.machine()}, median of {runs}:")
    own = statistics.median(seconds for seconds, _, _ in found["tokenmarket"])
    for name, results in found.items():
        seconds = statistics.median(seconds for seconds, _, _ in results)
        print(f"{name:32} {users / seconds / 1e6:8.3f} M buyers/s   ratio {seconds / own:7.2f}")


if __name__ == "__main__":
    main()
