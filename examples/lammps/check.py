"""check.py ATOMS FOLDER: compares a sampled Lennard-Jones cluster with quadrature.

In the orthonormal coordinates of Jacobi the centre of mass is Gaussian and drops out. Of two atoms one length is left,
of three atoms two lengths a, b and the cosine c of the angle between them.
"""

import json
import pathlib
import sys

import numpy as np

TEMPERATURE, SPRING = 0.5, 0.5
BLOCK = 480  # walkers that are resampled together: blocks are independent
LARGEST = 5.0  # standard errors, themselves from 15 blocks: a correct program exceeds it once in 5000 comparisons


def lennard_jones(squared):
    """The pair energy at squared distances."""
    inverse = 1.0 / np.maximum(squared, 1e-6) ** 3
    return 4.0 * (inverse * inverse - inverse)


def grid(most, nodes):
    """Nodes and weights of Gauss and Legendre's rule on (0, most)."""
    x, weight = np.polynomial.legendre.leggauss(nodes)
    return 0.5 * most * (x + 1.0), 0.5 * most * weight


def integrals(atoms, nodes):
    """Log Z, the mean pair energy and the mean sum of squared coordinates, by a rule of `nodes` per dimension."""
    a, a_weight = grid(10.0, nodes)
    volume = 4.0 * np.pi * a**2 * a_weight
    if atoms == 2:
        energy, squares = lennard_jones(2.0 * a**2), a**2
    else:
        a, b = a[:, None, None], a[None, :, None]
        c, c_weight = grid(1.0, nodes)  # and as much for the negative cosines
        near = 0.5 * a**2 + 1.5 * b**2
        across = np.sqrt(3.0) * a * b * c
        energy = lennard_jones(2.0 * a**2) + lennard_jones(near + across) + lennard_jones(near - across)
        squares = a**2 + b**2
        volume = volume[:, None, None] * (2.0 * np.pi * b**2 * a_weight[None, :, None]) * (2.0 * c_weight)
    weight = volume * np.exp(-(energy + 0.5 * SPRING * squares) / TEMPERATURE)
    z = weight.sum()
    width = TEMPERATURE / SPRING
    log_z = np.log(z) + 1.5 * np.log(2.0 * np.pi * width)
    return np.array([log_z, (weight * energy).sum() / z, (weight * squares).sum() / z + 3.0 * width])


def weighted_mean(values, weight):
    """The mean and its standard error, from the spread over blocks (delta method)."""
    starts = np.arange(0, len(weight), BLOCK)
    mean = (weight * values).sum() / weight.sum()
    residual = np.add.reduceat(weight * (values - mean), starts)
    blocks = len(starts)
    return mean, np.sqrt((residual**2).sum() * blocks / (blocks - 1)) / weight.sum()


def main():
    atoms, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    nodes = {2: 1000, 3: 240}[atoms]
    exact = integrals(atoms, nodes)
    error = np.abs(exact - integrals(atoms, nodes * 3 // 4)).max()
    assert error < 2e-4, f"the quadrature is only good to {error}"

    summary = json.loads((folder / "summary.json").read_text())
    with np.load(folder / "samples.npz") as samples:
        order = np.argsort(samples["walker_id"])
        x, log_weight = samples["x"][order].astype(float), samples["log_weight"][order].astype(float)
    weight = np.exp(log_weight - log_weight.max())
    sites = x.reshape(-1, atoms, 3)
    pairs = [(i, j) for i in range(atoms) for j in range(i)]
    energy = sum(lennard_jones(((sites[:, i] - sites[:, j]) ** 2).sum(1)) for i, j in pairs)
    rows = [
        ("log Z", summary["log_z"], summary["log_z_stderr"]),
        ("pair energy", *weighted_mean(energy, weight)),
        ("sum of squares", *weighted_mean((x**2).sum(1), weight)),
    ]
    print(f"{atoms} atoms: {summary['walkers']} walkers, {summary['steps']} steps, ESS {summary['ess']:.2f},", end=" ")
    print(f"{summary['sample_seconds']:.1f} s; quadrature good to {error:.0e}")
    for (name, value, stderr), true in zip(rows, exact):
        score = (value - true) / stderr
        print(f"  {name:15} {value:9.4f} +- {stderr:.4f}, exactly {true:9.4f}: {score:+.1f} standard errors")
        assert 0.0 < stderr < 0.05 * max(1.0, abs(true)), f"{name}: the standard error {stderr} says nothing"
        assert abs(score) < LARGEST, f"{name} is {score:.1f} standard errors off"


main()
