"""Sequential Monte Carlo by the package `particles`: adaptive tempering, waste-free, random-walk Metropolis moves whose
covariance follows the walkers. NumPy, double precision."""

import argparse
import time

from measure import report

import numpy as np
import particles
from particles import smc_samplers

from targets import TARGETS, Target

# Chains that are long enough for a random walk in these dimensions.
CHOSEN = {
    "gmm40": {"chain": 10, "target_ess": 0.5},
    "manywell": {"chain": 100, "target_ess": 0.5},
    "funnel": {"chain": 100, "target_ess": 0.5},
}


class Base:
    """The Gaussian that runs start from."""

    def __init__(self, target: Target):
        self.target = target

    def rvs(self, size: int) -> np.ndarray:
        return np.random.standard_normal((size, self.target.dim)) * self.target.base_sd

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        return self.target.log_base(np, x)


class Bridge(smc_samplers.TemperingBridge):
    def __init__(self, target: Target):
        super().__init__(base_dist=Base(target))
        self.target = target

    def logtarget(self, x: np.ndarray) -> np.ndarray:
        return self.target.log_density(np, x)


def run(target: Target, walkers: int, chain: int, target_ess: float, seed: int) -> particles.SMC:
    """`walkers` in all, of which one in `chain` is resampled."""
    np.random.seed(seed)
    tempering = smc_samplers.AdaptiveTempering(model=Bridge(target), len_chain=chain, ESSrmin=target_ess)
    sampler = particles.SMC(fk=tempering, N=walkers // chain, resampling="systematic")
    sampler.run()
    return sampler


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--particles", type=int, default=20000, dest="walkers")
    parser.add_argument("--chain", type=int)
    parser.add_argument("--target-ess", type=float)
    parser.add_argument("--seeds", type=int, default=8)
    args = parser.parse_args()
    # Compiles what the package leaves to numba.
    run(TARGETS["gmm40"], 1000, 10, 0.5, 0)
    for name in args.targets:
        chosen = {key: getattr(args, key) for key in CHOSEN[name] if getattr(args, key) is not None}
        settings = {"walkers": args.walkers, **CHOSEN[name], **chosen}
        for seed in range(args.seeds):
            begun = time.perf_counter()
            sampler = run(TARGETS[name], seed=seed, **settings)
            report(
                f"SMC, {name}",
                float(sampler.logLt),
                "log Z",
                **settings,
                seconds=time.perf_counter() - begun,
                seed=seed,
                log_z_exact=TARGETS[name].log_z,
                ess=sampler.wgts.ESS / len(sampler.W),
                distinct=len(np.unique(sampler.X.theta, axis=0)) / len(sampler.W),
                temperatures=len(sampler.X.shared["exponents"]) - 1,
            )


if __name__ == "__main__":
    main()
