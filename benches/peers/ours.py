"""The `nets` command, as the comparison runs it."""

import json
import subprocess
from pathlib import Path

from targets import DATA


class Refused(Exception):
    """The command would not do what was asked."""


class Nets:
    def __init__(self, binary: Path, out: Path):
        """`out` is the folder that models and samples go to, and where gmm40.so is."""
        self.binary, self.out = binary, out

    def __call__(self, *arguments: object) -> dict:
        """The summary of a command."""
        words = [str(self.binary), *map(str, arguments), "--json", "--quiet"]
        done = subprocess.run(words, capture_output=True, text=True, cwd=self.out)
        if done.returncode != 0:
            raise Refused((done.stderr.strip().splitlines() or ["no message"])[0])
        return json.loads(done.stdout)

    @property
    def version(self) -> str:
        return subprocess.run([self.binary, "--version"], capture_output=True, text=True, check=True).stdout.strip()

    def train(self, target: str, drift: str, *more: object) -> tuple[dict, Path]:
        """The summary, and the model's file."""
        model = self.out / f"{drift}.nets"
        return self("train", target, "--drift", drift, "--out", model, *more), model

    def sample(self, target: str, *more: object) -> dict:
        return self("sample", target, "--out", self.out / "samples.npz", *more)

    def smc(self, target: str, *more: object) -> dict:
        """Sequential Monte Carlo: what `nets run TARGET --method smc` does, without its report."""
        return self.sample(target, "--grid", "adaptive", "--resample-below", 0.5, *more)

    @property
    def gmm40_as_a_users(self) -> list[object]:
        """The 40-mode mixture as a C library, on the geometric path from a Gaussian like the rivals'."""
        return [f"plugin:{self.out / 'gmm40.so'}?{DATA / 'gmm40_means.csv'}", "--base-sd", 25]


def training_step(repository: Path) -> float:
    """Samples a second of optimiser steps on two threads, single precision and widest lanes, by the benchmark `speed`."""
    words = ["cargo", "bench", "--quiet", "-p", "nets-host", "--bench", "speed", "--", "--json", "training step"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=repository)
    if done.returncode != 0:
        raise Refused("there is no benchmark `speed` that could be run")
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    # The widest lanes come first.
    first = {}
    for row in rows:
        if row["precision"] == "f32":
            first.setdefault(row["name"], row["value"])
    return 1e9 / first["training step, d = 2"] * first["training step, two threads over one"]
