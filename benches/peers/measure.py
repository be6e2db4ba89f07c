"""How every script here measures, and the line of JSON it prints for each measurement."""

import json
import os
import time
from collections.abc import Callable

# Matrices of a few hundred rows are factorised faster by one thread: two wait for each other, for hundreds of
# milliseconds where the machine is busy. XLA's own threads are not touched. NumPy reads this when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def report(name: str, value: float, unit: str, **settings: object) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "settings": settings}), flush=True)


def best_seconds(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """The shortest of `repeats` runs, and how many cores the process kept busy in it. The first run, which compiles,
    does not count. `work` returns when its results are there."""
    work()
    best = (float("inf"), 0.0)
    for _ in range(repeats):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        best = min(best, (wall, cpu / wall))
    return best
