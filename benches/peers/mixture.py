"""The 40-mode mixture and the path to it, in JAX: U_t(x) = -log sum_i N(x; t mu_i, s_t^2 I) / 40 with
s_t^2 = 1 - t + t sd^2. Every member is normalised. Functions are of one point; `jax.vmap` makes them of many."""

import jax
import jax.numpy as jnp
import numpy as np

from targets import GMM40_MEANS, GMM40_SD

DIM = 2


def _distances(t, x):
    """-|x - t mu_i|^2 / (2 s_t^2), and s_t^2."""
    means = jnp.asarray(GMM40_MEANS, x.dtype)
    variance = 1 - t + t * GMM40_SD**2
    return -0.5 * jnp.sum((x - t * means) ** 2, -1) / variance, variance


def potential(t, x):
    squares, variance = _distances(t, x)
    return np.log(len(GMM40_MEANS)) + jnp.log(2 * jnp.pi * variance) - jax.nn.logsumexp(squares)


gradient = jax.grad(potential, 1)
rate = jax.grad(potential, 0)


def by_autodiff(t, x):
    """U and its gradient."""
    return jax.value_and_grad(potential, 1)(t, x)


def by_hand(t, x):
    """The same, with the responsibilities that both share computed once: grad U = (x - t sum_i p_i mu_i) / s_t^2."""
    squares, variance = _distances(t, x)
    largest = squares.max()
    numbers = jnp.exp(squares - largest)
    total = numbers.sum()
    mean = numbers @ jnp.asarray(GMM40_MEANS, x.dtype) / total
    value = np.log(len(GMM40_MEANS)) + jnp.log(2 * jnp.pi * variance) - largest - jnp.log(total)
    return value, (x - t * mean) / variance
