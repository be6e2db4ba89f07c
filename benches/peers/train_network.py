"""Trains the network drift of the 40-mode mixture in JAX, end to end, and samples with it: exact weights by `split`
(midpoint map, Metropolis-adjusted Langevin moves). Single precision."""

import argparse
import sys
import time

import jax

import network
import sampling
from measure import report

STEPS = 100


def drift(layers, k, t, x):
    return network.drift(layers, t, x)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iters", type=int, default=3500, help="rounds of 5 optimiser steps; nets has 3500 by default")
    parser.add_argument("--epsilon", type=float, nargs="+", default=[20.0, 50.0, 100.0])
    parser.add_argument("--walkers", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    key, sample_key = jax.random.split(jax.random.PRNGKey(args.seed))
    begun = [time.perf_counter()]

    def progress(iteration, loss):
        if iteration == 0:
            # Everything is compiled in the first round, which does not count.
            loss.block_until_ready()
            begun[0] = time.perf_counter()
        elif iteration % max(1, args.iters // 20) == 0:
            print(f"round {iteration}: loss {loss:.3f}, {time.perf_counter() - begun[0]:.0f} s", file=sys.stderr)

    layers = network.train(args.iters, key, progress)
    seconds = time.perf_counter() - begun[0]
    report("network training", seconds, "s", rounds=args.iters, seed=args.seed)

    for epsilon in args.epsilon:
        _, weight, acceptance = sampling.split(layers, sample_key, epsilon, drift, args.walkers, STEPS)
        report(
            "network ESS",
            sampling.ess(weight),
            "fraction",
            epsilon=epsilon,
            steps=STEPS,
            walkers=args.walkers,
            rounds=args.iters,
            seed=args.seed,
            log_z=sampling.log_z(weight),
            acceptance=float(acceptance),
        )


if __name__ == "__main__":
    main()
