"""NETS with a network drift on the 40-mode mixture, in JAX: the same network, path, objective and schedule as
`nets train gmm40 --drift mlp`."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

import mixture

HIDDEN = (128, 128, 128)
# The length of the target: inputs are divided by half of it, outputs multiplied by it.
SCALE = 40.0
WALKERS, SLICES, UPDATES, BATCH = 240, 100, 5, 2048
LEARNING_RATE, EPSILON, AVERAGING = 2e-3, 1.0, 500
# Layers of the small network of time that stands for the derivative of the free energy.
RATE_WIDTH, RATE_WAVES = 64, 8


def _layers(key, sizes):
    """Normal weights with variance 1/inputs, zero in the last layer; zero biases."""
    layers = []
    for key, inputs, outputs in zip(jax.random.split(key, len(sizes) - 1), sizes, sizes[1:]):
        layers.append((jax.random.normal(key, (inputs, outputs)) / np.sqrt(inputs), jnp.zeros(outputs)))
    layers[-1] = jax.tree.map(jnp.zeros_like, layers[-1])
    return layers


def untrained(key):
    first, second = jax.random.split(key)
    drift = _layers(first, (mixture.DIM + 1, *HIDDEN, mixture.DIM))
    return drift, _layers(second, (1 + 2 * RATE_WAVES, RATE_WIDTH, 1))


def random_drift(key):
    """A network whose last layer is not zero: for measurements of speed."""
    layers, _ = untrained(key)
    weights, biases = layers[-1]
    return layers[:-1] + [(0.01 * jax.random.normal(key, weights.shape), biases)]


def _dense(layers, h):
    for weights, biases in layers[:-1]:
        h = jax.nn.silu(h @ weights + biases)
    weights, biases = layers[-1]
    return h @ weights + biases


def drift(layers, t, x):
    return SCALE * _dense(layers, jnp.append(x / (0.5 * SCALE), 4 * t - 2))


def drift_and_divergence(layers, t, x):
    def value_twice(y):
        b = drift(layers, t, y)
        return b, b

    jacobian, b = jax.jacfwd(value_twice, has_aux=True)(x)
    return b, jnp.trace(jacobian)


def free_energy_rate(layers, t):
    phases = jnp.pi * t * jnp.arange(1, RATE_WAVES + 1)
    return _dense(layers, jnp.concatenate([t[None], jnp.sin(phases), jnp.cos(phases)]))[0]


def loss(parameters, t, x):
    """The PINN objective: the mean of |div b - grad U . b - dU/dt + dF/dt|^2."""
    layers, rate_layers = parameters

    def residual(t, x):
        b, divergence = drift_and_divergence(layers, t, x)
        return divergence - mixture.gradient(t, x) @ b - mixture.rate(t, x) + free_energy_rate(rate_layers, t)

    return jnp.mean(jax.vmap(residual)(t, x) ** 2)


def optimiser(iterations):
    schedule = optax.cosine_decay_schedule(LEARNING_RATE, iterations * UPDATES, 0.01)
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))


@partial(jax.jit, static_argnames=("batch", "updates", "optimise"))
def update(parameters, average, state, key, x, t, optimise, batch=BATCH, updates=UPDATES):
    """`updates` optimiser steps on random batches of the places `x` at times `t`."""

    def step(carry, key):
        parameters, average, state = carry
        chosen = jax.random.randint(key, (batch,), 0, len(x))
        value, slope = jax.value_and_grad(loss)(parameters, t[chosen], x[chosen])
        change, state = optimise(slope, state)
        parameters = optax.apply_updates(parameters, change)
        average = optax.incremental_update(parameters, average, 1 / AVERAGING)
        return (parameters, average, state), value

    (parameters, average, state), losses = jax.lax.scan(step, (parameters, average, state), jax.random.split(key, updates))
    return parameters, average, state, losses.mean()


@jax.jit
def simulate(layers, key, end):
    """Fresh walkers through random times up to `end` with the current drift: all places and their times."""
    times_key, start_key, key = jax.random.split(key, 3)
    times = jnp.sort(jax.random.uniform(times_key, (SLICES,))).at[0].set(0.0) * end
    velocity = jax.vmap(lambda t, x: drift(layers, t, x) - EPSILON * mixture.gradient(t, x), (None, 0))

    def step(x, now):
        t, span, key = now
        moved = x + velocity(t, x) * span + jnp.sqrt(2 * EPSILON * span) * jax.random.normal(key, x.shape)
        return moved, x

    x = jax.random.normal(start_key, (WALKERS, mixture.DIM))
    spans = jnp.diff(times, append=times[-1])
    _, places = jax.lax.scan(step, x, (times, spans, jax.random.split(key, SLICES)))
    return places.reshape(-1, mixture.DIM), jnp.repeat(times, WALKERS)


def train(iterations, key, progress=lambda iteration, loss: None):
    """Rounds of simulation and optimisation; returns the averaged drift."""
    parameters = untrained(key)
    tool = optimiser(iterations)
    average, state = parameters, tool.init(parameters)
    for iteration in range(iterations):
        key, first, second = jax.random.split(key, 3)
        end = min(1.0, 0.05 + 0.95 * iteration / (0.5 * iterations))
        x, t = simulate(parameters[0], first, end)
        parameters, average, state, value = update(parameters, average, state, second, x, t, tool.update)
        progress(iteration, value)
    return jax.block_until_ready(average[0])
