"""Runs `nets` and its rivals on this machine, by turns, and prints the ratios as a Markdown table and as JSON.
`run.sh` makes what it needs."""

import argparse
import datetime
import json
import os
import subprocess
from importlib.metadata import version
from pathlib import Path

from ours import Nets
from rows import HERE, Comparison, Row, collect

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def processor() -> str:
    listing = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    fields = dict(line.split(":", 1) for line in listing.splitlines() if ":" in line)
    widths = [name for name in ("avx2", "avx512f") if name in fields.get("Flags", "")]
    return f"{fields['Model name'].strip()}, {' '.join(widths)}"


def circumstances(nets: Nets, load: float) -> dict[str, str]:
    particles = [str(nets.out / "venv-particles/bin/python"), "-c", "import particles, importlib.metadata as m; print(m.version('particles'))"]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE)
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "load before": f"{load:.1f}",
        "load after": f"{os.getloadavg()[0]:.1f}",
        "ours": f"{nets.version}, commit {commit.stdout.strip() or 'unknown'}",
        "jax": version("jax"),
        "blackjax": version("blackjax"),
        "particles": subprocess.run(particles, capture_output=True, text=True, check=True).stdout.strip(),
    }


def markdown(rows: list[Row], facts: dict[str, str], settings: str) -> str:
    lines = ["| | ours | theirs | ours / theirs | |", "|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2g}" if row.ratio < 10 else f"{row.ratio:.0f}"
        lines.append(f"| {row.name} | {row.ours} | {row.theirs} | {ratio} | {row.note} |")
    listed = "; ".join(f"{name}: {value}" for name, value in facts.items())
    return "\n".join([*lines, "", f"{settings}. {listed}."])


def write(page: Path, table: str) -> None:
    """Puts the table between the page's markers."""
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{page} needs the lines {BEGIN} and {END}, once each")
    before, rest = text.split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder of environment.sh")
    parser.add_argument("--nets", type=Path, help="the command [release/nets beside the folder]")
    parser.add_argument("--turns", type=int, default=3, help="of each rate and fit")
    parser.add_argument("--seeds", type=int, default=16, help="of each sequential Monte Carlo")
    parser.add_argument("--rounds", type=int, default=3500, help="of the network's training, with --long")
    parser.add_argument("--long", action="store_true", help="train the network, and check the lattice fit's weights too")
    parser.add_argument("--speed-bench", action="store_true", help="optimiser steps alone, by `cargo bench --bench speed`")
    parser.add_argument("--only", nargs="+", help="parts: sampling, training, fits, network, smc")
    parser.add_argument("--write", type=Path, help="page with markers for the table")
    args = parser.parse_args()

    out = args.out.resolve()
    nets = Nets((args.nets or out.parent / "release" / "nets").resolve(), out)
    comparison = Comparison(nets, args.turns, args.seeds)
    load = os.getloadavg()[0]
    parts = {
        "sampling": comparison.sampling(),
        "training": comparison.training(args.speed_bench),
        "fits": comparison.least_squares(args.long),
        "network": comparison.network_training(args.rounds) if args.long else [],
        "smc": comparison.smc(),
    }
    rows = collect((name, part) for name, part in parts.items() if not args.only or name in args.only)
    facts = circumstances(nets, load)
    settings = f"Best of {args.turns} turns; SMC: means over {args.seeds} seeds"
    table = markdown(rows, facts, settings)
    print(table)
    found = {"circumstances": facts, "turns": args.turns, "seeds": args.seeds, "rows": [vars(row) for row in rows]}
    (out / "compare.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    if args.write:
        write(args.write, table)


if __name__ == "__main__":
    main()
