"""The densities of the sequential Monte Carlo runs. `xp` is numpy or jax.numpy; coordinates are on the last axis."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "host" / "data"
GMM40_MEANS = np.loadtxt(DATA / "gmm40_means.csv", delimiter=",", skiprows=1)
GMM40_SD = 1.3132616875182228
MANYWELL_PAIRS = 16


@dataclass(frozen=True)
class Target:
    """An unnormalised density, and the Gaussian around the origin that runs start from."""

    log_density: Callable[[Any, Any], Any]
    base_sd: np.ndarray
    log_z: float

    @property
    def dim(self) -> int:
        return len(self.base_sd)

    def log_base(self, xp, x):
        """Normalised, so that the estimate of log Z needs no other constant."""
        return -0.5 * xp.sum((x / self.base_sd) ** 2, -1) - float(np.sum(np.log(self.base_sd * np.sqrt(2 * np.pi))))


def _gmm40(xp, x):
    squares = (x[..., :1] - GMM40_MEANS[:, 0]) ** 2 + (x[..., 1:] - GMM40_MEANS[:, 1]) ** 2
    exponents = -0.5 / GMM40_SD**2 * squares
    largest = exponents.max(-1, keepdims=True)
    total = xp.log(xp.exp(exponents - largest).sum(-1)) + largest[..., 0]
    return total - float(np.log(len(GMM40_MEANS) * 2 * np.pi * GMM40_SD**2))


def _manywell(xp, x):
    along, across = x[..., ::2], x[..., 1::2]
    square = along * along
    return -xp.sum((square - 6) * square - 0.5 * along + 0.5 * across * across, -1)


def _funnel(xp, x):
    neck, rest = x[..., 0], x[..., 1:]
    others = 0.5 * xp.sum(rest * rest, -1) * xp.exp(-neck) + 0.5 * rest.shape[-1] * neck
    return -neck * neck / 18 - others - float(np.log(3) + 0.5 * (1 + rest.shape[-1]) * np.log(2 * np.pi))


TARGETS = {
    # The means are uniform in [-40, 40]^2, with a standard deviation of 23.
    "gmm40": Target(_gmm40, np.full(2, 25.0), 0.0),
    # As the built-in target starts: 1.5 along the wells, 1 across them.
    "manywell": Target(
        _manywell,
        np.tile([1.5, 1.0], MANYWELL_PAIRS),
        MANYWELL_PAIRS * (np.log(11784.50927) + 0.5 * np.log(2 * np.pi)),
    ),
    "funnel": Target(_funnel, np.ones(10), 0.0),
}
