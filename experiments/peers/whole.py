"""All that tokenmarket folds of a market, by numpy: the same work, and a second way to every figure.

Second moments come from one matrix of products per decile (BLAS), flows between rules from products of who is served, all
else from sums. Figures have the names of tokenmarket's JSON.
"""

import multiprocessing
import sys
import time

import numpy as np
from market import DEARER

INDIFFERENCE = 1e-9
BATCH = 8192
# Rows of a rule in the matrix of products.
COLUMNS = ("profit", "revenue", "cost", "value", "spend", "consumer_surplus", "served_share")
# Sums over all buyers of a rule: what the excluded lose, who is tuned, what the top pays, and tokens at cost where they are dearer.
FURTHER = (
    *("excluded", "excluded_squares", "tuned", "top_1", "top_1_squares", "top_10", "top_10_squares"),
    *("dearer", "dearer_squares", "dearer_spend"),
)


class Whole:
    """Sums over buyers of one process, which `merge` adds up."""

    def __init__(self, model, edges):
        """`edges`: where the deciles begin, but the first, then the top hundredth and the top tenth."""
        self.model, self.rules = model, len(model.rules)
        self.edges, self.top = np.array(edges[:9]), edges[9:]
        rows = 2 + len(COLUMNS) * self.rules
        self.products = np.zeros((10, rows, rows))
        self.sides = np.zeros((10, self.rules, self.rules))
        self.further = np.zeros((self.rules, len(FURTHER)))
        # Squares of payments under one rule of those served under another, and who buys something else under two.
        self.kept, self.moves = np.zeros((2, self.rules, self.rules))

    def merge(self, other):
        """Adds what another process has seen."""
        for name in ("products", "sides", "further", "kept", "moves"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def add(self, index):
        """Adds a batch of buyers, given their indices."""
        index = np.sort(index)
        cuts = np.concatenate([[0], np.searchsorted(index, self.edges), [len(index)]])
        tops = np.searchsorted(index, self.top)
        bought = [self.model.bought(rule, index) for rule in self.model.rules]
        matrix = np.empty((len(self.products[0]), len(index)))
        matrix[0], matrix[1] = 1.0, bought[0]["surplus"]
        first_best = matrix[1]
        for rule, own in enumerate(bought):
            rows = matrix[self.row(rule, "profit") : self.row(rule + 1, "profit")]
            np.add(own["spend"], self.model.tuning_cost * own["tuning"], out=rows[2])
            np.subtract(own["payment"], rows[2], out=rows[0])
            rows[1], rows[3], rows[4], rows[6] = own["payment"], own["value"], own["spend"], own["served"]
            np.subtract(own["value"], own["payment"], out=rows[5])
            excluded = (first_best - rows[5] - rows[0]) * (1.0 - rows[6])
            further = [excluded.sum(), excluded @ excluded, np.count_nonzero(own["tuning"])]
            for top in tops:
                paid = rows[1, top:]
                further += [paid.sum(), paid @ paid]
            if "dearer" in own:
                dearer = own["dearer"]
                further += [dearer.sum(), dearer @ dearer, dearer @ own["spend"]]
            self.further[rule, : len(further)] += further
        for decile, (first, end) in enumerate(zip(cuts, cuts[1:])):
            part = matrix[:, first:end]
            self.products[decile] += part @ part.T
        utilities, payments = matrix[self.rows("consumer_surplus")], matrix[self.rows("revenue")]
        served = matrix[self.rows("served_share")]
        self.kept += (payments * payments) @ served.T
        indifferent = INDIFFERENCE * first_best
        for rule in range(self.rules):
            for other in range(rule):
                gain = utilities[rule] - utilities[other]
                for (one, two), better in (((rule, other), gain > indifferent), ((other, rule), gain < -indifferent)):
                    for decile, (first, end) in enumerate(zip(cuts, cuts[1:])):
                        self.sides[decile, one, two] += np.count_nonzero(better[first:end])
                another = np.zeros(len(index), dtype=bool)
                for name in ("payment", "spend", "tuning"):
                    one, two = bought[rule][name], bought[other][name]
                    away = np.abs(one - two)
                    another |= (away > INDIFFERENCE * one) & (away > INDIFFERENCE * two)
                both = bought[rule]["served"] & bought[other]["served"]
                self.moves[rule, other] += np.count_nonzero(another & both)

    @staticmethod
    def row(rule, name):
        """Where a column of a rule stands in the matrix."""
        return 2 + len(COLUMNS) * rule + COLUMNS.index(name)

    def rows(self, name):
        """Where the columns of all rules stand."""
        return slice(self.row(0, name), None, len(COLUMNS))

    def figures(self):
        """Means with standard errors of everything, as {path: (mean, error)}."""
        found = {}
        products = self.products.sum(axis=0)
        self.of_group(found, (), products, self.sides.sum(axis=0))
        for decile, part in enumerate(self.products):
            self.of_group(found, ("by_decile", decile), part, self.sides[decile])
        count = products[0, 0]
        found["first_best", "profit"] = estimate(count, products[0, 1], products[1, 1])
        for rule, definition in enumerate(self.model.rules):
            label = definition["rule"]
            profit, utility = self.row(rule, "profit"), self.row(rule, "consumer_surplus")
            found[label, "welfare"] = linear(products, {profit: 1, utility: 1})
            loss = {1: 1, profit: -1, utility: -1}
            found[label, "deadweight_loss"] = linear(products, loss)
            further = dict(zip(FURTHER, self.further[rule]))
            excluded = np.array([further["excluded"], further["excluded_squares"]])
            found[label, "exclusion_loss"] = estimate(count, *excluded)
            # Nobody is excluded and served.
            found[label, "distortion_loss"] = estimate(count, *(moments(products, loss) - excluded))
            found[label, "fine_tuned_share"] = share(count, further["tuned"])
            row = self.row(rule, "revenue")
            for top in ("top_1", "top_10"):
                paid = further[top], further[f"{top}_squares"]
                found[label, f"{top}_revenue_share"] = ratio(count, paid, (products[0, row], products[row, row]), paid[1])
            dearer, row = (further["dearer"], further["dearer_squares"]), self.row(rule, "spend")
            if dearer[0] > 0:
                spent = products[0, row], products[row, row]
                mean, error = ratio(count, dearer, spent, further["dearer_spend"])
                step = np.log(DEARER)
                found[label, "token_price_elasticity"] = np.log(mean) / step, error / mean / step
            found[label, "profit_share_of_first_best"] = ratio_of(products, self.row(rule, "profit"), 1)
            for other, baseline in enumerate(self.model.rules):
                if other != rule:
                    self.flows(found, (label, baseline["rule"]), products, rule, other)
        return found

    def of_group(self, found, path, products, sides):
        """Figures of all buyers or of a decile."""
        count = products[0, 0]
        for rule, definition in enumerate(self.model.rules):
            key = (*path, definition["rule"])
            for name in ("profit", "revenue", "cost", "consumer_surplus", "served_share"):
                row = self.row(rule, name)
                found[*key, name] = estimate(count, products[0, row], products[row, row])
            if products[0, self.row(rule, "cost")] > 0:
                found[*key, "markup"] = ratio_of(products, self.row(rule, "revenue"), self.row(rule, "cost"))
                worth = ratio_of(products, self.row(rule, "value"), self.row(rule, "spend"))
                found[*key, "marginal_markup"] = tuple(self.model.sigma * number for number in worth)
            for other, baseline in enumerate(self.model.rules):
                if other == rule:
                    continue
                pair = (*key, baseline["rule"])
                for name, of in (("profit_difference", "profit"), ("consumer_surplus_difference", "consumer_surplus")):
                    found[*pair, name] = linear(products, {self.row(rule, of): 1, self.row(other, of): -1})
                found[*pair, "better_off_share"] = share(count, sides[rule, other])
                found[*pair, "worse_off_share"] = share(count, sides[other, rule])

    def flows(self, found, pair, products, rule, other):
        """Who leaves, joins and moves from `other` to `rule`, and what was paid."""
        count, own, its = products[0, 0], self.row(rule, "served_share"), self.row(other, "served_share")
        found[*pair, "leave_share"] = share(count, products[0, its] - products[own, its])
        found[*pair, "join_share"] = share(count, products[0, own] - products[own, its])
        found[*pair, "move_share"] = share(count, self.moves[max(rule, other), min(rule, other)])
        paid = self.row(other, "revenue")
        at_risk = products[0, paid] - products[paid, own], self.kept[other, other] - self.kept[other, rule]
        found[*pair, "revenue_at_risk"] = estimate(count, *at_risk)
        if products[0, paid] > 0:
            found[*pair, "revenue_at_risk_share"] = ratio(
                count, at_risk, (products[0, paid], products[paid, paid]), at_risk[1]
            )


def moments(products, weights):
    """Sum and sum of squares of a weighted sum of rows."""
    rows, weights = list(weights), np.array(list(weights.values()), dtype=float)
    return products[0, rows] @ weights, weights @ products[np.ix_(rows, rows)] @ weights


def estimate(count, total, squares):
    """A mean and its standard error."""
    mean = total / count
    return mean, np.sqrt(max(squares - count * mean * mean, 0.0) / (count - 1) / count)


def linear(products, weights):
    """Of a weighted sum of rows."""
    return estimate(products[0, 0], *moments(products, weights))


def share(count, those):
    """Of how many of all."""
    return estimate(count, those, those)


def ratio(count, x, y, product):
    """A ratio of two sums, each given with its squares, and its standard error by the delta method."""
    mean = x[0] / y[0]
    squares = x[1] - 2 * mean * product + mean * mean * y[1]
    return mean, np.sqrt(max(squares, 0.0) / (count - 1) * count) / abs(y[0])


def ratio_of(products, x, y):
    """The same of two rows."""
    return ratio(products[0, 0], (products[0, x], products[x, x]), (products[0, y], products[y, y]), products[x, y])


def seen(arguments):
    """What one process sees."""
    model, edges, seed, buyers = arguments
    generator = np.random.Generator(np.random.PCG64(seed))
    whole = Whole(model, edges)
    for first in range(0, buyers, BATCH):
        whole.add(model.indices(generator, min(BATCH, buyers - first)))
    return whole


def run(model, edges, users, cores):
    """The time that processes take to see so many buyers."""
    with multiprocessing.Pool(cores) as pool:
        pool.map(len, [[]] * cores)
        started = time.perf_counter()
        first, *others = pool.map(seen, [(model, edges, seed, users // cores) for seed in range(cores)])
        for other in others:
            first.merge(other)
        return time.perf_counter() - started


def figures_of(summary):
    """The figures in the JSON of tokenmarket, as {path: (mean, error)}."""
    found = {}

    def collect(path, record):
        for name, value in record.items():
            if isinstance(value, dict) and value.keys() == {"mean", "se"}:
                found[*path, name] = value["mean"], value["se"]

    collect(("first_best",), summary["first_best"])
    for rule in summary["rules"]:
        collect((rule["rule"],), rule)
    for pair in summary["pairs"]:
        collect((pair["rule"], pair["baseline"]), pair)
    for number, decile in enumerate(summary["by_decile"]):
        for rule in decile["rules"]:
            collect(("by_decile", number, rule["rule"]), rule)
    return found


# What the JSON says of rules and pairs besides: other words for figures that are compared, and what a design expects.
ELSEWHERE = (
    *("profit_ratio", "profit_share_of_optimum", "expected_profit", "belief_loss"),
    *("profit_difference", "consumer_surplus_difference", "better_off_share", "worse_off_share"),
    *("leave_share", "join_share", "move_share", "revenue_at_risk", "revenue_at_risk_share"),
)


def compare(model, summary, index):
    """How many figures agree with numpy's of the same buyers, whose indices are given; ends the program where one does not, or is not
    compared. Where the law of the index is unknown it is unknown, too, where the top hundredth begins, and its share is not compared."""
    if not len(index) == summary["users"] > 0:
        sys.exit(f"{len(index)} buyers are recorded, of {summary['users']}")
    whole = Whole(model, edges_of(model, summary))
    for first in range(0, len(index), BATCH):
        whole.add(index[first : first + BATCH])
    compared, theirs = set(), figures_of(summary)
    unknown = () if model.n_tasks is None else ("top_1_revenue_share",)
    first_best = summary["first_best"]["profit"]["mean"]
    for path, (mean, error) in whole.figures().items():
        # tokenmarket keeps pairs by decile, too, but its JSON has those with the baseline alone.
        *where, baseline, name = path
        if path[0] == "by_decile" and len(path) == 5 and baseline == summary["baseline"]:
            path = (*where, name)
        if path not in theirs or name in unknown:
            continue
        expected, expected_error = theirs[path]
        # Sums of squares around zero lose half their digits where hardly anything deviates from the mean, or from each other.
        lost = 1e-7 * max(abs(mean), first_best)
        same_mean = abs(mean - expected) <= 1e-9 * max(abs(mean), 1e-3 * first_best)
        if not (same_mean and abs(error - expected_error) <= 1e-6 * error + lost):
            sys.exit(f"{' '.join(map(str, path))}: numpy has {mean} +- {error}, tokenmarket {expected} +- {expected_error}")
        compared.add(path)
    for path in theirs.keys() - compared:
        *where, name = path
        itself = len(where) >= 2 and where[-1] == where[-2] or len(where) == 3 and where[-1] == summary["baseline"]
        if not (itself or name == "profit_ratio" or len(where) == 1 and name in (*ELSEWHERE, *unknown)):
            sys.exit(f"{' '.join(map(str, path))} is not compared")
    return len(compared)


def edges_of(model, summary):
    """Where deciles begin, but the first, and where the top hundredth and the top tenth do."""
    deciles = [decile["index_low"] for decile in summary["by_decile"][1:]]
    return [*deciles, model.quantile(0.99), model.quantile(0.9) if model.n_tasks is None else deciles[-1]]
