"""Checks the output folder of `nets run gmm40`: every file is readable, they agree, and the result is a good one."""

import json
import pathlib
import struct
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])

summary = json.loads((folder / "summary.json").read_text())
print({key: summary[key] for key in ("walkers", "steps", "epsilon", "integrator", "ess", "log_z", "log_z_stderr")})
assert summary["ess"] >= 0.95, summary["ess"]
assert abs(summary["log_z"]) <= 0.02, summary["log_z"]
assert summary["lost_walkers"] == 0, summary["lost_walkers"]

n, d, steps = summary["walkers"], summary["dim"], summary["steps"]
with np.load(folder / "samples.npz") as samples:
    shapes = {name: samples[name].shape for name in samples.files}
    log_weight = samples["log_weight"].astype(float)
    assert np.isfinite(samples["x"]).all()
    assert sorted(samples["walker_id"]) == list(range(n))
for name, shape in {"x": (n, d), "log_weight": (n,), "ess_path": (steps + 1,), "t": (steps + 1,)}.items():
    assert shapes[name] == shape, (name, shapes[name], shape)
weight = np.exp(log_weight - log_weight.max())
ess = weight.sum() ** 2 / (n * (weight**2).sum())
assert abs(ess - summary["ess"]) <= 1e-3, (ess, summary["ess"])

# A safetensors file: the length of a JSON header, the header, the tensors.
model = (folder / "model.nets").read_bytes()
(length,) = struct.unpack_from("<Q", model)
header = json.loads(model[8 : 8 + length])
metadata = header.pop("__metadata__")
assert metadata and header, "a model has metadata and tensors"
assert 8 + length + max(tensor["data_offsets"][1] for tensor in header.values()) == len(model)

report = (folder / "report.html").read_text()
assert "<svg" in report and report.rstrip().endswith("</html>"), "the report is a page with plots"
print("summary.json, samples.npz, model.nets and report.html are readable and agree")
