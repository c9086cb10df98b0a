"""What a peer needs to know of a market: its law, its technology and the items of the menus that tokenmarket designs."""

import json
import statistics
import subprocess
import sys
import tomllib

import numpy as np

# By how much tokens are dearer for their price elasticity.
DEARER = 1.01


class Model:
    """A market of lognormal tasks with one common factor, or of buyers whose index is lognormal."""

    def __init__(self, binary, market):
        try:
            with open(market, "rb") as file:
                config = tomllib.load(file)
        except (OSError, tomllib.TOMLDecodeError) as error:
            sys.exit(f"--market {market}: {error}")
        technology, population = config["technology"], config["population"]
        law = population.get({"tasks": "value", "index": "index"}.get(population["family"]), {})
        if "lognormal" != law.get("distribution"):
            sys.exit(f"--market {market}: peers know lognormal tasks with one common factor, and a lognormal index")
        exponents = [token["exponent"] for token in technology["tokens"]]
        self.sigma = sum(exponents)
        log_efficiency = sum(a * np.log(a / (self.sigma * token["cost"])) for a, token in zip(exponents, technology["tokens"]))
        self.efficiency = np.exp(log_efficiency)
        self.base = technology["base_quality"]
        self.gamma = technology["fine_tuning"]["exponent"]
        self.tuning_cost = technology["fine_tuning"]["cost"]
        self.n_tasks = population.get("n_tasks")
        self.mu, self.spread = law["mu"], law["sigma"]
        self.correlation = population["dependence"]["correlation"] if self.n_tasks else None
        designed = subprocess.run([binary, "design", market, "--format", "json"], check=True, capture_output=True)
        rules = json.loads(designed.stdout)["rules"]
        # Menus as columns, of which processes are sent less than of items one by one.
        self.menus = {rule["rule"]: columns(rule["items"]) for rule in rules}
        self.rules = [{"rule": rule["rule"], "kind": rule["kind"], "prices": prices(rule["items"][0])} for rule in rules]

    def demand(self, index, markup, tuning_markup):
        """What buyers who face proportional prices spend on tokens, in $, and their fine-tuning, by the closed form."""
        sigma, gamma, base = self.sigma, self.gamma, self.base
        reference = (base * self.tuning_cost * sigma / gamma) ** (1 - sigma) / (sigma * self.efficiency * base**gamma)
        start = reference * markup**sigma * tuning_markup ** (1 - sigma)
        ratio = index / reference * markup**-sigma
        untuned = (sigma * reference * self.efficiency * base**gamma) ** (1 / (1 - sigma)) * ratio ** (1 / (1 - sigma))
        quality = base * (ratio * tuning_markup ** -(1 - sigma)) ** (1 / (1 - sigma - gamma))
        tuned = index >= start
        outlay = np.where(tuned, sigma / gamma * tuning_markup * self.tuning_cost * quality, untuned)
        return outlay, np.where(tuned, np.maximum(quality - base, 0.0), 0.0)

    def demand_profit(self, index, markup, tuning_markup):
        """Seller's profit from buyers who face proportional prices, and their surplus."""
        outlay, tuning = self.demand(index, markup, tuning_markup)
        profit = outlay * (1 - 1 / markup) + (tuning_markup - 1) * self.tuning_cost * tuning
        surplus = outlay * (1 / self.sigma - 1) - self.tuning_cost * tuning_markup * tuning
        return profit, surplus

    def bought(self, rule, index):
        """All that buyers get under one rule, and pay."""
        if rule["kind"] in ("first-best", "marginal-cost", "pay-as-you-go"):
            markup, tuning_markup = (1.0, 1.0) if rule["kind"] == "first-best" else rule["prices"]
            outlay, tuning = self.demand(index, markup, tuning_markup)
            value = outlay / self.sigma
            payment = value if rule["kind"] == "first-best" else outlay + self.tuning_cost * tuning_markup * tuning
            found = {"served": index > 0, "spend": outlay / markup, "tuning": tuning, "payment": payment, "value": value}
            if rule["kind"] == "first-best":
                return found | {"surplus": value - outlay - self.tuning_cost * tuning}
            dearer = DEARER * markup
            return found | {"dearer": self.demand(index, dearer, tuning_markup)[0] / dearer}
        menu = self.menus[rule["rule"]]
        item = np.searchsorted(menu["threshold"][1:], index, side="right")
        found = {name: menu[name][item] for name in ("spend", "tuning", "payment")}
        return found | {"served": item > 0, "value": menu["precision"][item] * index}

    def quantile(self, level):
        """The index that this share of buyers does not reach: of a few of them, where its law is unknown."""
        if self.n_tasks is None:
            return np.exp(self.mu + self.spread * statistics.NormalDist().inv_cdf(level))
        return np.quantile(self.indices(np.random.default_rng(0), 10_000), level)

    def profits_of(self, rule, index):
        """Profit of one rule from every buyer."""
        if rule["kind"] == "first-best":
            return self.demand_profit(index, 1.0, 1.0)[1]
        if rule["kind"] in ("marginal-cost", "pay-as-you-go"):
            return self.demand_profit(index, *rule["prices"])[0]
        thresholds, margins = self.thresholds(rule)
        return np.concatenate([[0.0], margins])[np.searchsorted(thresholds, index, side="right")]

    def profits(self, index):
        """Profit of every rule from every buyer."""
        return [self.profits_of(rule, index) for rule in self.rules]

    def indices(self, generator, buyers):
        """CES indices of fresh buyers: one exponential per task, the common factor taken out of the sum."""
        if self.n_tasks is None:
            return np.exp(self.mu + self.spread * generator.standard_normal(buyers))
        power = 1 / (1 - self.sigma)
        common = generator.standard_normal(buyers) * np.sqrt(self.correlation)
        own = generator.standard_normal((buyers, self.n_tasks))
        own *= power * self.spread * np.sqrt(1 - self.correlation)
        np.exp(own, out=own)
        return np.exp(self.mu + self.spread * common) * own.mean(axis=1) ** (1 / power)

    def thresholds(self, rule):
        """Smallest index of every item, and what the seller earns from it."""
        menu = self.menus[rule["rule"]]
        margins = menu["payment"] - menu["spend"] - self.tuning_cost * menu["tuning"]
        return menu["threshold"][1:], margins[1:]

    def described(self, users, threads):
        """The market in words and numbers, for peers that are programs."""
        head = [users, threads, self.sigma, self.gamma, self.base, self.tuning_cost, self.efficiency]
        head += [self.n_tasks, self.mu, self.spread, self.correlation]
        lines = ["market " + " ".join(repr(float(number)) for number in head)]
        for rule in self.rules:
            if rule["kind"] == "first-best":
                lines.append("first-best")
            elif rule["kind"] in ("marginal-cost", "pay-as-you-go"):
                lines.append("prices {} {}".format(*rule["prices"]))
            else:
                numbers = np.concatenate(self.thresholds(rule))
                lines.append("menu " + " ".join(repr(float(number)) for number in numbers))
        return "\n".join(lines)


def prices(item):
    """Markups on tokens and on fine-tuning; of menus they are none."""
    return item["markup"], item["fine_tuning_markup"]


def columns(items):
    """What the items of a menu hold, nothing first."""
    keys = {"threshold": "threshold", "spend": "spend", "tuning": "fine_tuning", "payment": "payment", "precision": "precision"}
    return {name: np.array([0.0] + [item[key] or 0.0 for item in items]) for name, key in keys.items()}
