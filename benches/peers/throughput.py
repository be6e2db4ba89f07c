"""Speed of the JAX implementation on the 40-mode mixture: sampling with the network, sampling without a drift, and
training. Single precision; one line of JSON for each batch size."""

import argparse
from functools import partial

import jax
import jax.numpy as jnp

import mixture
import network
import sampling
from measure import best_seconds, report

STEPS = 100


def sample(args):
    layers = network.random_drift(jax.random.PRNGKey(0))
    kinds = {
        "sampling, network": partial(sampling.pair, layers, drift=network.drift, energy=mixture.by_hand),
        "sampling, network, exact divergence": partial(
            sampling.ito, layers, drift_and_divergence=network.drift_and_divergence
        ),
        "sampling, no drift, autodiff": partial(
            sampling.pair, None, drift=sampling.no_drift, energy=mixture.by_autodiff
        ),
        "sampling, no drift, by hand": partial(sampling.pair, None, drift=sampling.no_drift, energy=mixture.by_hand),
    }
    for name, run in kinds.items():
        if args.only and name not in args.only:
            continue
        for walkers in args.walkers:
            work = lambda: jax.block_until_ready(
                run(key=jax.random.PRNGKey(1), epsilon=1.0, walkers=walkers, steps=STEPS)
            )
            seconds, cores = best_seconds(work, args.repeats)
            report(name, walkers * STEPS / seconds, "walker-steps/s", walkers=walkers, steps=STEPS, cores=round(cores, 2))


def train(args):
    key = jax.random.PRNGKey(0)
    parameters = network.untrained(key)
    tool = network.optimiser(1000)
    state = tool.init(parameters)
    x, t = network.simulate(parameters[0], key, 1.0)
    update = partial(network.update, parameters, parameters, state, key, optimise=tool.update)

    def steps():
        updates = 10
        for batch in (2048, 8192):
            work = lambda: jax.block_until_ready(update(x, t, batch=batch, updates=updates))
            seconds, cores = best_seconds(work, args.repeats)
            report("training step", batch * updates / seconds, "samples/s", batch=batch, cores=round(cores, 2))

    def rounds():
        count = 5

        def work():
            for _ in range(count):
                jax.block_until_ready(update(*network.simulate(parameters[0], key, 1.0)))

        seconds, cores = best_seconds(work, args.repeats)
        samples = count * network.UPDATES * network.BATCH
        settings = {"walkers": network.WALKERS, "slices": network.SLICES, "updates": network.UPDATES}
        report("training round", samples / seconds, "samples/s", **settings, batch=network.BATCH, cores=round(cores, 2))

    for name, measure in {"training step": steps, "training round": rounds}.items():
        if not args.only or name in args.only:
            measure()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", help="names of measurements")
    parser.add_argument("--walkers", type=int, nargs="+", default=[1024, 4096, 16384])
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    sample(args)
    train(args)


if __name__ == "__main__":
    main()
