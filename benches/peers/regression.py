"""The least-squares problem of one time slice, and what both fits share. Double precision."""

import jax
import jax.numpy as jnp

WALKERS, SLICES = 4000, 100


def solve(regressors, response, weights, ridge, floor):
    """Coefficients that minimise the weighted variance of `response - regressors @ coefficients`, with a ridge on
    regressors divided by the root of their variance plus `floor` times the mean variance."""
    regressors = regressors - weights @ regressors
    variances = weights @ regressors**2
    scales = jnp.sqrt(variances + floor * variances.mean() + 1e-60)
    regressors = regressors / scales
    weighted = regressors * weights[:, None]
    matrix = weighted.T @ regressors + ridge * jnp.eye(len(scales))
    moment = weighted.T @ (response - weights @ response)
    return jax.scipy.linalg.cho_solve(jax.scipy.linalg.cho_factor(matrix), moment) / scales


def langevin(key, x, length, energy):
    """A Metropolis-adjusted Langevin move, `length` being diffusivity times span, and its acceptance. `energy(x)` gives
    U and its gradient for all walkers; coordinates are on all axes but the first."""
    over_coordinates = lambda values: jnp.sum(values.reshape(len(values), -1), -1)
    normal_key, uniform_key = jax.random.split(key)
    xi = jax.random.normal(normal_key, x.shape)
    u, slope = energy(x)
    proposal = x - length * slope + jnp.sqrt(2 * length) * xi
    proposed_u, proposed_slope = energy(proposal)
    back = x - proposal + length * proposed_slope
    ratio = u - proposed_u + over_coordinates(0.5 * xi**2 - back**2 / (4 * length))
    accepted = jnp.log(jax.random.uniform(uniform_key, u.shape)) < ratio
    return jnp.where(accepted.reshape(-1, *[1] * (x.ndim - 1)), proposal, x), accepted.mean()


def systematic(key, log_weights):
    """Indices of the walkers that systematic resampling copies."""
    cumulative = jnp.cumsum(jax.nn.softmax(log_weights))
    count = len(log_weights)
    places = (jnp.arange(count) + jax.random.uniform(key)) / count
    return jnp.minimum(jnp.searchsorted(cumulative, places), count - 1)


def ess(log_weights):
    weights = jax.nn.softmax(log_weights)
    return 1 / (len(weights) * jnp.sum(weights**2))
