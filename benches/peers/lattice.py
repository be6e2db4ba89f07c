"""The lattice field phi^4 in JAX: a drift that has the lattice's symmetries, fitted slice by slice.

U(phi) = sum_x [ sum_mu (phi_{x+mu} - phi_x)^2 + m^2 phi_x^2 + lambda phi_x^4 ], from a free field with mass m_0; m^2
and lambda grow linearly in time. The drift is a sum of full-range kernels on functions of the field, constant on
orbits of the square's symmetries, and of functions of the magnetisation and the mean square.
"""

from dataclasses import dataclass
from functools import cached_property, partial

import jax
import jax.numpy as jnp
import numpy as np

import regression

# Functions of a site, with their derivatives.
SITE = (
    (lambda p: p, jnp.ones_like),
    (lambda p: p**3, lambda p: 3 * p**2),
    (jnp.sin, jnp.cos),
    (lambda p: jnp.sin(2 * p), lambda p: 2 * jnp.cos(2 * p)),
    (jnp.tanh, lambda p: 1 - jnp.tanh(p) ** 2),
)
OVERALL = 6
RIDGE, FLOOR = 1e-5, 0.0
# The diffusivity of the moves in the fit.
FIT_EPSILON = 2.0


@dataclass(frozen=True)
class Field:
    L: int
    m2: float
    coupling: float
    base_m2: float

    @cached_property
    def shells(self) -> np.ndarray:
        """One row per orbit of displacements: 1 where a displacement belongs to it."""
        folded = np.minimum(np.arange(self.L), self.L - np.arange(self.L))
        pairs = np.sort(np.stack(np.meshgrid(folded, folded, indexing="ij"), -1), -1).reshape(-1, 2)
        _, orbit = np.unique(pairs, axis=0, return_inverse=True)
        return (orbit.ravel() == np.arange(orbit.max() + 1)[:, None]).astype(float)

    @property
    def features(self) -> int:
        return len(SITE) * len(self.shells) + OVERALL

    @cached_property
    def spectrum(self) -> np.ndarray:
        """Twice the eigenvalues of the base's quadratic form."""
        wave = 2 - 2 * np.cos(2 * np.pi * np.fft.fftfreq(self.L))
        return 2 * (self.base_m2 + wave[:, None] + wave)

    @property
    def log_z_base(self) -> float:
        return 0.5 * float(np.sum(np.log(2 * np.pi / self.spectrum)))

    def base(self, key, walkers):
        white = jnp.fft.rfft2(jax.random.normal(key, (walkers, self.L, self.L)))
        shape = 1 / np.sqrt(self.spectrum[:, : self.L // 2 + 1])
        return jnp.fft.irfft2(white * shape, s=(self.L, self.L))

    def energy(self, t, phi):
        """U_t and its gradient."""
        m2 = self.base_m2 + t * (self.m2 - self.base_m2)
        coupling = t * self.coupling
        neighbours = sum(jnp.roll(phi, shift, axis) for shift in (1, -1) for axis in (1, 2))
        square = phi**2
        u = jnp.sum(phi * ((4 + m2) * phi - neighbours) + coupling * square**2, (1, 2))
        return u, 2 * ((4 + m2 + 2 * coupling * square) * phi - neighbours)

    def rate(self, phi):
        square = phi**2
        return jnp.sum((self.m2 - self.base_m2 + self.coupling * square) * square, (1, 2))

    def regressors(self, phi, slope):
        """div b_j - grad U . b_j for every feature b_j."""
        volume = self.L**2
        rows = []
        slope_waves = jnp.conj(jnp.fft.rfft2(slope))
        for value, derivative in SITE:
            # sum_x (grad U)_x f_{x+r} for every displacement r, summed over orbits.
            along = jnp.fft.irfft2(slope_waves * jnp.fft.rfft2(value(phi)), s=phi.shape[1:])
            row = -along.reshape(-1, volume) @ self.shells.T
            rows.append(row.at[:, 0].add(jnp.sum(derivative(phi), (1, 2))))
        m, q = jnp.mean(phi, (1, 2)), jnp.mean(phi**2, (1, 2))
        total, along = jnp.sum(slope, (1, 2)), jnp.sum(slope * phi, (1, 2))
        overall = (
            1 - m * total,
            3 * m**2 - m**3 * total,
            5 * m**4 - m**5 * total,
            m**2 * (volume + 2 - along),
            m**4 * (volume + 4 - along),
            q * (volume - along) + 2 * q,
        )
        return jnp.concatenate([*rows, jnp.stack(overall, 1)], 1)

    def _kernels(self, coefficients):
        return coefficients[:-OVERALL].reshape(len(SITE), -1) @ self.shells

    def drift(self, coefficients, phi):
        waves = jnp.conj(jnp.fft.rfft2(self._kernels(coefficients).reshape(-1, self.L, self.L)))
        total = sum(wave * jnp.fft.rfft2(value(phi)) for wave, (value, _) in zip(waves, SITE))
        c = coefficients[-OVERALL:]
        m, q = jnp.mean(phi, (1, 2), keepdims=True), jnp.mean(phi**2, (1, 2), keepdims=True)
        constant = m * (c[0] + m**2 * (c[1] + m**2 * c[2]))
        return jnp.fft.irfft2(total, s=phi.shape[1:]) + constant + (m**2 * (c[3] + m**2 * c[4]) + c[5] * q) * phi

    def jacobian(self, coefficients, phi):
        """The derivative of the drift of one field, V by V: circulant matrices times diagonal ones, and low rank."""
        place = np.arange(self.L)
        apart = (place[None, :] - place[:, None]) % self.L
        displacement = (apart[:, None, :, None] * self.L + apart[None, :, None, :]).reshape(self.L**2, -1)
        flat, volume = phi.ravel(), self.L**2
        c = coefficients[-OVERALL:]
        m, q = flat.mean(), jnp.mean(flat**2)
        matrix = sum(
            kernel[displacement] * derivative(flat) for kernel, (_, derivative) in zip(self._kernels(coefficients), SITE)
        )
        matrix += (c[0] + 3 * c[1] * m**2 + 5 * c[2] * m**4) / volume
        matrix += jnp.outer(flat, 2 * m * (c[3] + 2 * c[4] * m**2) + 2 * c[5] * flat) / volume
        return matrix + (m**2 * (c[3] + m**2 * c[4]) + c[5] * q) * jnp.eye(volume)

    @partial(jax.jit, static_argnames=("self", "walkers", "slices"))
    def fit(self, key, walkers, slices):
        """The coefficients of every slice, on walkers moved by the midpoint map of the drift just fitted and by
        Metropolis-adjusted Langevin moves. The weights that the regression uses are those of continuous time: exact
        ones would cost a determinant."""
        span = 1 / slices
        start, key = jax.random.split(key)

        def step(state, now):
            phi, log_weights = state
            k, key = now
            _, slope = self.energy(k * span, phi)
            regressors, rate = self.regressors(phi, slope), self.rate(phi)
            coefficients = regression.solve(regressors, rate, jax.nn.softmax(log_weights), RIDGE, FLOOR)
            log_weights += span * (regressors @ coefficients - rate)
            middle = phi + 0.5 * span * self.drift(coefficients, phi)
            phi = phi + span * self.drift(coefficients, middle)
            phi, _ = regression.langevin(key, phi, FIT_EPSILON * span, partial(self.energy, (k + 1) * span))
            return (phi, log_weights), coefficients

        state = (self.base(start, walkers), jnp.zeros(walkers))
        return jax.lax.scan(step, state, (jnp.arange(slices), jax.random.split(key, slices)))[1]

    @partial(jax.jit, static_argnames=("self", "walkers"))
    def split(self, coefficients, key, epsilon, walkers):
        """Fresh walkers with exact weights: the midpoint map with its determinant, then a Langevin move."""
        span = 1 / len(coefficients)
        start, key = jax.random.split(key)

        def log_determinant(part, phi, middle):
            half = jnp.eye(self.L**2) + 0.5 * span * self.jacobian(part, phi)
            sign, log = jnp.linalg.slogdet(jnp.eye(self.L**2) + span * self.jacobian(part, middle) @ half)
            return jnp.where(sign > 0, log, -jnp.inf)

        def step(state, now):
            phi, log_weights = state
            k, part, key = now
            middle = phi + 0.5 * span * self.drift(part, phi)
            moved = phi + span * self.drift(part, middle)
            energy = partial(self.energy, (k + 1) * span)
            # A few walkers at a time: the matrices are large.
            log_weights += jax.lax.map(lambda pair: log_determinant(part, *pair), (phi, middle), batch_size=8)
            log_weights += self.energy(k * span, phi)[0] - energy(moved)[0]
            phi, acceptance = regression.langevin(key, moved, epsilon * span, energy)
            return (phi, log_weights), acceptance

        state = (self.base(start, walkers), jnp.zeros(walkers))
        steps = (jnp.arange(len(coefficients)), coefficients, jax.random.split(key, len(coefficients)))
        (phi, log_weights), acceptance = jax.lax.scan(step, state, steps)
        return phi, log_weights, acceptance.mean()

    @staticmethod
    def mean_magnetisation(phi, log_weights) -> float:
        """The mean of |M|, M the field's mean."""
        return float(jax.nn.softmax(log_weights) @ jnp.abs(phi.mean((1, 2))))
