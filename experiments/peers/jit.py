"""Peers compiled by numba: as most people write it, and by someone who knows how."""

import numba
import numpy as np

# The menus of all rules in flat arrays: kind 0 first-best, 1 proportional prices (two numbers), 2 menus (thresholds).
FIRST_BEST, PRICES, MENU = 0, 1, 2


def flat(model):
    """Kinds, where each rule's numbers start and end, thresholds or markups, and margins."""
    kinds, starts, first, second = [], [0], [], []
    for rule in model.rules:
        if rule["kind"] == "first-best":
            kinds.append(FIRST_BEST)
        elif rule["kind"] in ("marginal-cost", "pay-as-you-go"):
            kinds.append(PRICES)
            markup, tuning_markup = rule["prices"]
            first.append(markup)
            second.append(tuning_markup)
        else:
            kinds.append(MENU)
            thresholds, margins = model.thresholds(rule)
            first.extend(thresholds)
            second.extend(margins)
        starts.append(len(first))
    return np.array(kinds), np.array(starts), np.array(first), np.array(second)


def demand(index, markup, tuning_markup, technology):
    """Outlay on tokens and fine-tuning at proportional prices."""
    sigma, gamma, base, cost, efficiency = technology
    reference = (base * cost * sigma / gamma) ** (1 - sigma) / (sigma * efficiency * base**gamma)
    if index < reference * markup**sigma * tuning_markup ** (1 - sigma):
        return (sigma * index * efficiency * markup**-sigma * base**gamma) ** (1 / (1 - sigma)), 0.0
    ratio = index / reference * markup**-sigma * tuning_markup ** -(1 - sigma)
    quality = base * ratio ** (1 / (1 - sigma - gamma))
    return sigma / gamma * tuning_markup * cost * quality, max(quality - base, 0.0)


def compiled(fast):
    """The two steps of a simulation, compiled: an index, and sums over many buyers."""
    options = {"fastmath": fast, "nogil": True}
    demanded = numba.njit(**options)(demand)

    @numba.njit(**options)
    def profit(index, kind, start, end, first, second, technology):
        if kind == FIRST_BEST:
            outlay, tuning = demanded(index, 1.0, 1.0, technology)
            return outlay * (1 / technology[0] - 1) - technology[3] * tuning
        if kind == PRICES:
            outlay, tuning = demanded(index, first[start], second[start], technology)
            return outlay * (1 - 1 / first[start]) + (second[start] - 1) * technology[3] * tuning
        reached = np.searchsorted(first[start:end], index, side="right")
        return second[start + reached - 1] if reached > 0 else 0.0

    @numba.njit(parallel=True, **options)
    def ordinary(users, shares, law, technology, kinds, starts, first, second):
        n_tasks, mu, spread, correlation = law
        power = 1 / (1 - technology[0])
        sums = np.zeros((shares, 2, len(kinds)))
        for share in numba.prange(shares):
            np.random.seed(share)
            for _ in range(users // shares):
                common = np.sqrt(correlation) * np.random.standard_normal()
                total = 0.0
                for _ in range(n_tasks):
                    score = common + np.sqrt(1 - correlation) * np.random.standard_normal()
                    total += np.exp(mu + spread * score) ** power
                index = (total / n_tasks) ** (1 / power)
                for rule in range(len(kinds)):
                    found = profit(index, kinds[rule], starts[rule], starts[rule + 1], first, second, technology)
                    sums[share, 0, rule] += found
                    sums[share, 1, rule] += found * found
        return sums

    @numba.njit(parallel=True, **options)
    def expert(users, shares, law, technology, kinds, starts, first, second):
        n_tasks, mu, spread, correlation = law
        power = 1 / (1 - technology[0])
        size, tile = spread * power * np.sqrt(1 - correlation), 256
        sums = np.zeros((shares, 2, len(kinds)))
        for share in numba.prange(shares):
            np.random.seed(share)
            own, index = np.empty(n_tasks), np.empty(tile)
            for _ in range(users // shares // tile):
                for buyer in range(tile):
                    for task in range(n_tasks):
                        own[task] = np.random.standard_normal()
                    # Normals first, then one vectorised pass of exponentials; the common factor leaves the sum.
                    total = 0.0
                    for task in range(n_tasks):
                        total += np.exp(size * own[task])
                    common = mu + spread * np.sqrt(correlation) * np.random.standard_normal()
                    index[buyer] = np.exp(common + np.log(total / n_tasks) / power)
                for rule in range(len(kinds)):
                    total, squares = 0.0, 0.0
                    for buyer in range(tile):
                        found = profit(
                            index[buyer], kinds[rule], starts[rule], starts[rule + 1], first, second, technology
                        )
                        total += found
                        squares += found * found
                    sums[share, 0, rule] += total
                    sums[share, 1, rule] += squares
        return sums

    return expert if fast else ordinary
