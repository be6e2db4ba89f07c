"""Sampling of the 40-mode mixture in JAX, on steps of equal length from t = 0 to 1."""

from functools import partial

import jax
import jax.numpy as jnp

import mixture


def no_drift(layers, t, x):
    return jnp.zeros_like(x)


def _start(key, walkers):
    start, key = jax.random.split(key)
    return jax.random.normal(start, (walkers, mixture.DIM)), jnp.zeros(walkers), key


@partial(jax.jit, static_argnames=("drift", "energy", "walkers", "steps"))
def pair(layers, key, epsilon, drift, energy, walkers, steps):
    """Langevin steps; the weight is the log ratio of the backward to the forward kernel, exact at any step length and
    without a divergence. `energy(t, x)` gives U and its gradient."""
    x, weight, key = _start(key, walkers)
    span = 1 / steps

    @partial(jax.vmap, in_axes=(None, 0))
    def evaluate(t, x):
        u, gradient = energy(t, x)
        b = drift(layers, t, x)
        return u, b - epsilon * gradient, b + epsilon * gradient

    def step(carry, now):
        x, weight, before, forward = carry
        k, key = now
        xi = jax.random.normal(key, x.shape)
        y = x + forward * span + jnp.sqrt(2 * epsilon * span) * xi
        after, forward, backward = evaluate((k + 1) * span, y)
        back = x - y + backward * span
        weight += before - after + 0.5 * jnp.sum(xi**2, -1) - jnp.sum(back**2, -1) / (4 * epsilon * span)
        return (y, weight, after, forward), None

    carry = (x, weight, *evaluate(0.0, x)[:2])
    (x, weight, *_), _ = jax.lax.scan(step, carry, (jnp.arange(steps), jax.random.split(key, steps)))
    return x, weight


@partial(jax.jit, static_argnames=("drift_and_divergence", "walkers", "steps"))
def ito(layers, key, epsilon, drift_and_divergence, walkers, steps):
    """The paper's own steps, with the exact divergence."""
    x, weight, key = _start(key, walkers)
    span = 1 / steps

    @partial(jax.vmap, in_axes=(None, 0))
    def evaluate(t, x):
        b, divergence = drift_and_divergence(layers, t, x)
        slope = mixture.by_hand(t, x)[1]
        return b - epsilon * slope, divergence - slope @ b - mixture.rate(t, x)

    def step(carry, now):
        x, weight = carry
        k, key = now
        forward, growth = evaluate(k * span, x)
        x = x + forward * span + jnp.sqrt(2 * epsilon * span) * jax.random.normal(key, x.shape)
        return (x, weight + growth * span), None

    (x, weight), _ = jax.lax.scan(step, (x, weight), (jnp.arange(steps), jax.random.split(key, steps)))
    return x, weight


@partial(jax.jit, static_argnames=("drift", "walkers", "steps"))
def split(layers, key, epsilon, drift, walkers, steps):
    """The midpoint map of the drift with its determinant as weight, then a Metropolis-adjusted Langevin move: exact
    weights. `drift(layers, k, t, x)` is that of step k, at time t."""
    x, weight, key = _start(key, walkers)
    span = 1 / steps

    def moved(k, x):
        middle = x + 0.5 * span * drift(layers, k, k * span, x)
        return x + span * drift(layers, k, (k + 0.5) * span, middle)

    def transport(k, x):
        sign, log_determinant = jnp.linalg.slogdet(jax.jacfwd(moved, 1)(k, x))
        return moved(k, x), jnp.where(sign > 0, log_determinant, -jnp.inf)

    energy = jax.vmap(mixture.by_hand, (None, 0))

    def step(carry, now):
        x, weight = carry
        k, key = now
        t = (k + 1) * span
        y, log_determinant = jax.vmap(transport, (None, 0))(k, x)
        u, slope = energy(t, y)
        weight += energy(k * span, x)[0] - u + log_determinant
        normal_key, uniform_key = jax.random.split(key)
        xi = jax.random.normal(normal_key, x.shape)
        proposal = y - epsilon * span * slope + jnp.sqrt(2 * epsilon * span) * xi
        proposed_u, proposed_slope = energy(t, proposal)
        back = y - proposal + epsilon * span * proposed_slope
        ratio = u - proposed_u + 0.5 * jnp.sum(xi**2, -1) - jnp.sum(back**2, -1) / (4 * epsilon * span)
        accepted = jnp.log(jax.random.uniform(uniform_key, (walkers,))) < ratio
        return (jnp.where(accepted[:, None], proposal, y), weight), accepted.mean()

    carry, accepted = jax.lax.scan(step, (x, weight), (jnp.arange(steps), jax.random.split(key, steps)))
    return *carry, accepted.mean()


def ess(weight) -> float:
    """The effective sample size as a fraction; lost walkers have weight zero."""
    w = jnp.exp(weight - weight.max())
    return float(w.sum() ** 2 / (w**2).sum() / len(w))


def log_z(weight) -> float:
    return float(jax.nn.logsumexp(weight) - jnp.log(len(weight)))
