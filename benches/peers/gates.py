"""The fit of `nets train gmm40` in JAX: local affine maps blended by normalised Gaussian gates, slice by slice at the
slices' middles, on walkers moved by the drift just found. All of it is one compiled program."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

import mixture
import regression

GATES, WIDTH = 50, 1.5
RIDGE, FLOOR = 1e-3, 1.0
RESAMPLE_BELOW = 0.7


class Slice(NamedTuple):
    """The drift of a slice: features of `x - centres` in units of `width`, of `x - origin` in units of `scale`."""

    centres: jax.Array
    width: jax.Array
    origin: jax.Array
    scale: jax.Array
    coefficients: jax.Array


def _gates(part: Slice, x):
    """Of all walkers: z_j = (x - c_j) / h, the gates p = softmax(-|z|^2 / 2), and their derivatives by x."""
    z = (x[:, None] - part.centres) / part.width
    p = jax.nn.softmax(-0.5 * jnp.sum(z**2, -1), -1)
    mean = jnp.einsum("nj,njk->nk", p, z)
    return z, p, p[..., None] * (mean[:, None] - z) / part.width


def _maps(part: Slice):
    """The overall map's constant and matrix, then the gates'; b_i takes z_k times matrix[k, i]."""
    maps = part.coefficients.reshape(1 + GATES, 1 + mixture.DIM, mixture.DIM)
    return maps[0, 0], maps[0, 1:], maps[1:, 0], maps[1:, 1:]


def drift_and_jacobian(part: Slice, x):
    """Of all walkers; the Jacobian is [walker, component, coordinate]."""
    z, p, slopes = _gates(part, x)
    constant, matrix, constants, matrices = _maps(part)
    values = constants + jnp.einsum("njk,jki->nji", z, matrices)
    b = jnp.einsum("nj,nji->ni", p, values) + constant + (x - part.origin) / part.scale @ matrix
    jacobian = jnp.einsum("nji,njk->nik", values, slopes) + jnp.einsum("nj,jki->nik", p, matrices) / part.width
    return b, jacobian + matrix.T / part.scale


def drift(part: Slice, x):
    """Of one walker."""
    return drift_and_jacobian(part, x[None])[0][0]


def _regressors(part: Slice, x, slope):
    """d phi_a / dx_i - phi_a dU/dx_i for features phi and components i, in the order of the coefficients."""
    z, p, slopes = _gates(part, x)
    identity = jnp.eye(mixture.DIM)
    overall = identity / part.scale - ((x - part.origin) / part.scale)[..., None] * slope[:, None]
    constants = slopes - p[..., None] * slope[:, None]
    maps = z[..., None] * constants[:, :, None] + (p / part.width)[..., None, None] * identity
    gates = jnp.concatenate([constants[:, :, None], maps], 2)
    rows = jnp.concatenate([-slope[:, None], overall, gates.reshape(len(x), -1, mixture.DIM)], 1)
    return rows.reshape(len(x), -1)


def _seeds(key, x):
    """k-means++: each centre is drawn with probability proportional to the squared distance to those before it."""

    def draw(distances, key):
        centre = x[jax.random.choice(key, len(x), p=distances / distances.sum())]
        return jnp.minimum(distances, jnp.sum((x - centre) ** 2, -1)), centre

    first, *keys = jax.random.split(key, GATES)
    distances, rest = jax.lax.scan(draw, jnp.sum((x - x[0]) ** 2, -1), jnp.stack(keys))
    return jnp.concatenate([x[:1], rest])


def _placed(centres, x, weights) -> Slice:
    """One step of Lloyd's algorithm; widths and scales from the walkers."""
    squares = jnp.sum((x[:, None] - centres) ** 2, -1)
    nearest = jnp.argmin(squares, 1)
    masses = jax.ops.segment_sum(weights, nearest, GATES)
    sums = jax.ops.segment_sum(weights[:, None] * x, nearest, GATES)
    centres = jnp.where(masses[:, None] > 0, sums / jnp.where(masses > 0, masses, 1.0)[:, None], centres)
    least = jnp.min(jnp.sum((x[:, None] - centres) ** 2, -1), 1)
    origin = weights @ x
    scale = jnp.sqrt(weights @ jnp.sum((x - origin) ** 2, -1) / mixture.DIM)
    width = WIDTH * jnp.sqrt(weights @ least / mixture.DIM)
    return Slice(centres, width, origin, scale, jnp.zeros((3 * (GATES + 1), mixture.DIM)))


def _fitted(t, x, log_weights, centres) -> Slice:
    weights = jax.nn.softmax(log_weights)
    part = _placed(centres, x, weights)

    _, slope = jax.vmap(mixture.by_hand, (None, 0))(t, x)
    regressors, response = _regressors(part, x, slope), jax.vmap(mixture.rate, (None, 0))(t, x)
    found = regression.solve(regressors, response, weights, RIDGE, FLOOR)
    return part._replace(coefficients=found.reshape(-1, mixture.DIM))


def _advanced(key, part: Slice, t, after, x, log_weights, epsilon):
    """Walkers and centres at the time `after`, and the diffusivity for the next slice."""
    span = after - t

    identity = jnp.eye(mixture.DIM)
    b, jacobian = drift_and_jacobian(part, x)
    half = identity + 0.5 * span * jacobian
    b, jacobian = drift_and_jacobian(part, x + 0.5 * span * b)
    y = x + span * b
    j = identity + span * jacobian @ half
    determinant = j[:, 0, 0] * j[:, 1, 1] - j[:, 0, 1] * j[:, 1, 0]
    log_determinant = jnp.log(jnp.where(determinant > 0, determinant, 0.0))

    move_key, resample_key = jax.random.split(key)
    energy = jax.vmap(mixture.by_hand, (None, 0))
    log_weights += energy(t, x)[0] - energy(after, y)[0] + log_determinant
    x, acceptance = regression.langevin(move_key, y, epsilon * span, partial(energy, after))
    epsilon *= jnp.where(acceptance > 0.95, 1.5, jnp.where(acceptance < 0.85, 1 / 1.5, 1.0))
    centres = part.centres + span * drift_and_jacobian(part, part.centres)[0]
    x, log_weights = jax.lax.cond(
        regression.ess(log_weights) < RESAMPLE_BELOW,
        lambda: (x[regression.systematic(resample_key, log_weights)], jnp.zeros_like(log_weights)),
        lambda: (x, log_weights),
    )
    return x, log_weights, centres, epsilon


@partial(jax.jit, static_argnames=("walkers", "slices"))
def fit(key, walkers, slices) -> Slice:
    """The slices, stacked."""
    start_key, seed_key, key = jax.random.split(key, 3)
    x = jax.random.normal(start_key, (walkers, mixture.DIM))
    middles = (jnp.arange(slices) + 0.5) / slices
    times = jnp.concatenate([jnp.zeros(1), middles])

    def step(state, now):
        x, log_weights, centres, epsilon = state
        t, after, key = now
        part = _fitted(t, x, log_weights, centres)
        return _advanced(key, part, t, after, x, log_weights, epsilon), part

    state = (x, jnp.zeros(walkers), _seeds(seed_key, x), jnp.ones(()))
    state, parts = jax.lax.scan(step, state, (times[:-1], times[1:], jax.random.split(key, slices)))
    last = _fitted(times[-1], *state[:3])
    # The slice at t = 0 only carried the walkers to the first middle.
    return jax.tree.map(lambda many, one: jnp.concatenate([many[1:], one[None]]), parts, last)
