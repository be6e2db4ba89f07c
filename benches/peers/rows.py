"""The rows of the comparison. Each is measured by turns, ours and theirs, and takes the best of the turns: what else the
machine does can only make a turn worse."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ours import Nets, Refused, training_step

HERE = Path(__file__).resolve().parent


@dataclass
class Row:
    name: str
    ours: str
    theirs: str
    # Speed, or for the same error: above 1 where ours is ahead.
    ratio: float | None
    note: str = ""
    figures: dict = field(default_factory=dict)


@dataclass
class Comparison:
    nets: Nets
    turns: int
    seeds: int

    def peer(self, script: str, *arguments: object, environment: str = "venv") -> list[dict]:
        """What a rival's script reports."""
        python = self.nets.out / environment / "bin" / "python"
        words = [str(python), str(HERE / script), *map(str, arguments)]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def by_turns(self, ours: Callable[[], float], theirs: Callable[[], float], best) -> tuple[float, float]:
        pairs = [(ours(), theirs()) for _ in range(self.turns)]
        return best(pair[0] for pair in pairs), best(pair[1] for pair in pairs)

    def rates(self, name: str, unit: str, ours: Callable[[], float], *peers: str, note: str = "") -> Row:
        """A row of throughput.py: the best of the measurements called `peers`, over all batch sizes."""
        found = []

        def theirs():
            found.extend(self.peer("throughput.py", "--only", *peers))
            return max(record["value"] for record in found)

        mine, their = self.by_turns(ours, theirs, max)
        best = max(found, key=lambda record: record["value"])
        figures = {"ours": mine, "theirs": their, "unit": unit, "theirs_best": best}
        return Row(name, thousands(mine, unit), thousands(their, unit), mine / their, note, figures)

    def sampling(self):
        settings = ["--epsilon", 1, "--steps", 100, "--walkers", 96000, "--precision", "f32"]
        unit = "walker-steps/s"
        _, model = self.nets.train("gmm40", "mlp", "--rounds", 1)
        run = lambda *more: lambda: self.nets.sample("gmm40", *settings, *more)["walker_steps_per_second"]
        network = run("--model", model, "--integrator", "pair")
        yield self.rates("sampling, network, weights of `pair`", unit, network, "sampling, network")
        network = run("--model", model, "--integrator", "ito")
        yield self.rates("sampling, network, exact divergence", unit, network, "sampling, network, exact divergence")
        forms = ["sampling, no drift, autodiff", "sampling, no drift, by hand"]
        yield self.rates("sampling, no drift (AIS)", unit, run("--integrator", "pair"), *forms)

    def training(self, speed_bench: bool):
        rounds, samples = 40, 5 * 2048

        def ours():
            summary, _ = self.nets.train("gmm40", "mlp", "--rounds", rounds)
            return rounds * samples / summary["train_seconds"]

        note = "240 walkers through 100 times, then 5 optimiser steps of 2048 samples; both with the simulation"
        yield self.rates("training, whole rounds", "samples/s", ours, "training round", note=note)
        if speed_bench:
            ours = lambda: training_step(HERE.parents[1])
            note = "ours by the benchmark `speed` on two threads; theirs at their best batch"
            yield self.rates("training, optimiser steps alone", "samples/s", ours, "training step", note=note)

    def fit(self, name: str, target: str, drift: str, peer: list[object], check: bool) -> Row:
        """Seconds of a least-squares fit; if `check`, the effective sample sizes that they lead to."""
        _, model = self.nets.train(target, drift)
        ours = lambda: self.nets.train(target, drift)[0]["train_seconds"]
        theirs = lambda: self.peer("least_squares.py", *peer, "--samples", 0)[0]["value"]
        mine, their = self.by_turns(ours, theirs, min)
        figures, note = {"ours": mine, "theirs": their, "unit": "s"}, ""
        if check:
            # Lattice fields: ours in units of the free field's covariance, theirs in those of the field.
            ours_epsilon, epsilon, walkers = (100, 100, 5000) if target == "gmm40" else (15, 1, 200)
            settings = ["--epsilon", ours_epsilon, "--walkers", walkers, "--steps", 100]
            summary = self.nets.sample(target, "--model", model, *settings)
            record = self.peer("least_squares.py", *peer, "--samples", walkers, "--epsilon", epsilon)[-1]
            figures |= {"our_ess": summary["ess"], "their_ess": record["value"], "our_epsilon": ours_epsilon, "epsilon": epsilon, "walkers": walkers}
            note = f"ESS {summary['ess']:.3f} / {record['value']:.3f} ({walkers} walkers, ε = {ours_epsilon} / {epsilon}, K = 100)"
        return Row(name, f"{mine:.2f} s", f"{their:.2f} s", their / mine, note, figures)

    def least_squares(self, long: bool):
        yield self.fit("least-squares fit, gmm40", "gmm40", "features", ["gmm40"], check=True)
        name, target = "least-squares fit, φ⁴, L = 20", "phi4:L=20,m2=-1,lambda=0.9"
        yield self.fit(name, target, "lattice", ["phi4", "--L", 20], check=long)

    def network_training(self, rounds: int):
        peer = self.peer("train_network.py", "--iters", rounds, "--epsilon", 100)
        summary, model = self.nets.train("gmm40", "mlp", "--rounds", rounds)
        settings = ["--epsilon", 100, "--walkers", 5000, "--steps", 100]
        sampled = self.nets.sample("gmm40", "--model", model, *settings)
        mine, their = summary["train_seconds"], peer[0]["value"]
        note = f"{rounds} rounds; ESS {sampled['ess']:.3f} / {peer[1]['value']:.3f} (5000 walkers, ε = 100, K = 100)"
        figures = {"ours": mine, "theirs": their, "our_ess": sampled["ess"], "their_ess": peer[1]["value"]}
        yield Row("network training, gmm40, end to end", f"{mine:.0f} s", f"{their:.0f} s", their / mine, note, figures)

    def smc(self):
        """Seconds and errors of log Z over seeds, and the ratio of seconds times squared error: the time to the same
        error, if errors fall as the root of the walkers' number."""
        ours = {
            "gmm40": [("its own path", ["gmm40"]), ("the rivals' path, density in C", self.nets.gmm40_as_a_users)],
            "manywell": [("", ["manywell"])],
            "funnel": [("", ["funnel"])],
        }
        for target, variants in ours.items():
            mine = {}
            for variant, arguments in variants:
                runs = [self.nets.smc(*arguments, "--seed", seed) for seed in range(self.seeds)]
                mine[variant] = Errors(
                    seconds=[run["scan_seconds"] + run["sample_seconds"] for run in runs],
                    errors=[run["log_z"] - run["log_z_exact"] for run in runs],
                )
            for package, environment in {"blackjax": "venv", "particles": "venv-particles"}.items():
                script = f"smc_{package}.py"
                records = self.peer(script, target, "--seeds", self.seeds, environment=environment)
                settings = [record["settings"] for record in records]
                theirs = Errors(
                    seconds=[each["seconds"] for each in settings],
                    errors=[record["value"] - each["log_z_exact"] for record, each in zip(records, settings)],
                )
                note = ""
                if "seconds_with_compilation" in settings[0]:
                    note = f"{settings[0]['seconds_with_compilation']:.1f} s with compilation"
                for variant, found in mine.items():
                    name = f"SMC, {target}" + (f", {variant}" if variant else "") + f", against {package}"
                    figures = {"ours": vars(found), "theirs": vars(theirs), "their_settings": settings[0]}
                    yield Row(name, str(found), str(theirs), theirs.cost / found.cost, note, figures)


@dataclass
class Errors:
    """Runs that differ in their seed."""

    seconds: list[float]
    errors: list[float]

    @property
    def mean_seconds(self) -> float:
        return sum(self.seconds) / len(self.seconds)

    @property
    def error(self) -> float:
        """Root mean square, so that a bias counts."""
        return math.sqrt(sum(error**2 for error in self.errors) / len(self.errors))

    @property
    def cost(self) -> float:
        return self.mean_seconds * self.error**2

    def __str__(self) -> str:
        return f"{self.mean_seconds:.3g} s, error {self.error:.2g}"


def thousands(value: float, unit: str) -> str:
    return f"{value / 1e6:.3g} M {unit}" if value > 1e6 else f"{value / 1e3:.3g} k {unit}"


def collect(parts) -> list[Row]:
    """The rows as they come; what is refused becomes a row that says so and ends its part."""
    rows = []
    for title, part in parts:
        try:
            for row in part:
                ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
                print(f"{row.name}: {row.ours} / {row.theirs} {ratio} {row.note}", file=sys.stderr, flush=True)
                rows.append(row)
        except Refused as refusal:
            print(f"{title}: left out: {refusal}", file=sys.stderr, flush=True)
            rows.append(Row(title, "", "", None, f"left out: {refusal}"))
    return rows
