"""What a peer needs to know of a market: its law, its technology and the items of the menus that tokenmarket designs."""

import json
import subprocess
import tomllib

import numpy as np


class Model:
    """A market of lognormal tasks with one common factor."""

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

    def profits_of(self, rule, index):
        """Profit of one rule from every buyer."""
        if rule["kind"] == "first-best":
            return self.demand_profit(index, 1.0, 1.0)[1]
        if rule["kind"] in ("marginal-cost", "pay-as-you-go"):
            item = rule["items"][0]
            return self.demand_profit(index, item["markup"], item["fine_tuning_markup"])[0]
        thresholds, margins = self.thresholds(rule)
        return np.concatenate([[0.0], margins])[np.searchsorted(thresholds, index, side="right")]

    def profits(self, index):
        """Profit of every rule from every buyer."""
        return [self.profits_of(rule, index) for rule in self.rules]

    def indices(self, generator, buyers):
        """CES indices of fresh buyers: one exponential per task, the common factor taken out of the sum."""
        power = 1 / (1 - self.sigma)
        common = generator.standard_normal(buyers) * np.sqrt(self.correlation)
        own = generator.standard_normal((buyers, self.n_tasks))
        own *= power * self.spread * np.sqrt(1 - self.correlation)
        np.exp(own, out=own)
        return np.exp(self.mu + self.spread * common) * own.mean(axis=1) ** (1 / power)

    def thresholds(self, rule):
        """Smallest index of every item, and what the seller earns from it."""
        items = rule["items"]
        margins = [item["payment"] - item["spend"] - self.tuning_cost * item["fine_tuning"] for item in items]
        return np.array([item["threshold"] for item in items]), np.array(margins)

    def described(self, users, threads):
        """The market in words and numbers, for peers that are programs."""
        head = [users, threads, self.sigma, self.gamma, self.base, self.tuning_cost, self.efficiency]
        head += [self.n_tasks, self.mu, self.spread, self.correlation]
        lines = ["market " + " ".join(repr(float(number)) for number in head)]
        for rule in self.rules:
            if rule["kind"] == "first-best":
                lines.append("first-best")
            elif rule["kind"] in ("marginal-cost", "pay-as-you-go"):
                item = rule["items"][0]
                lines.append(f"prices {item['markup']} {item['fine_tuning_markup']}")
            else:
                numbers = np.concatenate(self.thresholds(rule))
                lines.append("menu " + " ".join(repr(float(number)) for number in numbers))
        return "\n".join(lines)
