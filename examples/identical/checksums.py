"""Checksums of the walkers in an .npz file of `nets sample`, as fnv.h makes them: all x, all log weights, and x and log
weights of the first 480 walkers."""
import sys

import numpy as np


def fnv(numbers):
    state = 0xCBF29CE484222325
    for byte in np.ascontiguousarray(numbers, "<f8").tobytes():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return f"{state:016x}"


samples = np.load(sys.argv[1])
x, log_weights = samples["x"], samples["log_weight"]
print(fnv(x), fnv(log_weights), fnv(x[:480]), fnv(log_weights[:480]))
