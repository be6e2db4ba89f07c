"""Drifts by least squares in JAX: seconds of the fit, and the effective sample size of fresh walkers with exact weights.
Double precision.

    least_squares.py gmm40
    least_squares.py phi4 --L 20
"""

import argparse
import time

import jax

jax.config.update("jax_enable_x64", True)

import gates
import lattice
import sampling
from measure import report


def timed(fit, repeats):
    """The fit, its shortest time, and the time of the first run, which compiles."""
    seconds = []
    for _ in range(1 + repeats):
        begun = time.perf_counter()
        fitted = jax.block_until_ready(fit())
        seconds.append(time.perf_counter() - begun)
    return fitted, min(seconds[1:]), seconds[0]


def gmm40(args):
    fit_key, sample_key = jax.random.split(jax.random.PRNGKey(args.seed))
    settings = {"walkers": args.walkers or 4080, "slices": args.slices, "seed": args.seed}
    fit = lambda: gates.fit(fit_key, settings["walkers"], args.slices)
    parts, seconds, first = timed(fit, args.repeats)
    report("least squares, gmm40", seconds, "s", **settings, gates=gates.GATES, first_run=first)
    if args.samples == 0:
        return

    def drift(parts, k, t, x):
        return gates.drift(jax.tree.map(lambda part: part[k], parts), x)

    for epsilon in args.epsilon or [20.0, 50.0, 100.0]:
        _, weight, acceptance = sampling.split(parts, sample_key, epsilon, drift, args.samples, args.slices)
        settings = {"epsilon": epsilon, "steps": args.slices, "walkers": args.samples, "seed": args.seed}
        found = {"log_z": sampling.log_z(weight), "acceptance": float(acceptance)}
        report("least squares, gmm40, ESS", sampling.ess(weight), "fraction", **settings, **found)


def phi4(args):
    fit_key, sample_key = jax.random.split(jax.random.PRNGKey(args.seed))
    field = lattice.Field(args.L, args.m2, args.coupling, args.base_m2)
    name = f"least squares, phi4, L = {args.L}"
    settings = {"m2": args.m2, "lambda": args.coupling, "walkers": args.walkers or 4000, "slices": args.slices}
    fit = lambda: field.fit(fit_key, settings["walkers"], args.slices)
    coefficients, seconds, first = timed(fit, args.repeats)
    report(name, seconds, "s", **settings, features=field.features, seed=args.seed, first_run=first)
    if args.samples == 0:
        return
    for epsilon in args.epsilon or [1.0]:
        x, weight, acceptance = field.split(coefficients, sample_key, epsilon, args.samples)
        settings = {"epsilon": epsilon, "steps": args.slices, "walkers": args.samples, "seed": args.seed}
        found = {"log_z": field.log_z_base + sampling.log_z(weight), "acceptance": float(acceptance)}
        found["magnetisation"] = field.mean_magnetisation(x, weight)
        report(f"{name}, ESS", sampling.ess(weight), "fraction", **settings, **found)


def main():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--walkers", type=int, help="walkers of the fit [4080 and 4000]")
    common.add_argument("--slices", type=int, default=100)
    common.add_argument("--epsilon", type=float, nargs="+")
    common.add_argument("--repeats", type=int, default=1)
    common.add_argument("--seed", type=int, default=0)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    targets = parser.add_subparsers(required=True)
    target = targets.add_parser("gmm40", parents=[common])
    target.add_argument("--samples", type=int, default=20000, help="fresh walkers; 0 for none")
    target.set_defaults(run=gmm40)
    target = targets.add_parser("phi4", parents=[common])
    target.add_argument("--L", type=int, default=20)
    target.add_argument("--m2", type=float, default=-1.0)
    target.add_argument("--coupling", type=float, default=0.9)
    target.add_argument("--base-m2", type=float, default=0.3)
    target.add_argument("--samples", type=int, default=200, help="0 for none: a step takes a determinant of L^2 by L^2")
    target.set_defaults(run=phi4)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
