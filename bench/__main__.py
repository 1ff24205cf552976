"""`python -m bench [--only mlp,image] [--seconds 2] [--rounds 5] [--write docs/benchmarks.md]`"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench import cores, load, models, report
from bench.effort import Effort
from bench.figures import Part
from bench.parts import (
    embedded,
    graphs,
    grpc,
    image,
    messages,
    mlp,
    pfa,
    pmml,
    pmml_load,
    savedmodel,
    seldon,
    startup,
    switch,
    tls,
)

PARTS: dict[str, Callable[[Effort], Part]] = {
    "mlp": mlp.measure,
    "grpc": grpc.measure,
    "image": image.measure,
    "startup": startup.measure,
    "messages": messages.measure,
    "tls": tls.measure,
    "savedmodel": savedmodel.measure,
    "switch": switch.measure,
    "embedded": embedded.measure,
    "pmml": pmml.measure,
    "pmml-load": pmml_load.measure,
    "pfa": pfa.measure,
    "graphs": graphs.measure,
    "seldon": seldon.measure,
}


def main() -> None:
    options = _options()
    load.require()
    if cores.SERVER == cores.LOAD:
        raise SystemExit("bench needs two cores: one serves, one asks")
    for name in ("mlp", "image", "wide"):
        models.path(name)
    effort = Effort(options.seconds, options.rounds)
    text = report.heading(" ".join(sys.argv[1:]))
    print(text, flush=True)
    for name in options.only:
        section = _measured(name, effort)
        print(f"\n{section}", flush=True)
        text += f"\n\n{section}"
    if options.write is not None:
        report.replace(options.write, text)


def _measured(name: str, effort: Effort) -> str:
    try:
        return PARTS[name](effort).markdown()
    except (RuntimeError, AssertionError) as error:
        return f"### {name}\n\nNot measured: {error}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure salver beside other servers.")
    parser.add_argument("--only", type=_names, default=list(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--seconds", type=int, default=Effort.seconds, help="of each measurement under load")
    parser.add_argument("--rounds", type=int, default=Effort.rounds, help="how often every server has its turn")
    parser.add_argument("--write", type=Path, help="a Markdown file whose measured section is replaced")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in PARTS:
            raise argparse.ArgumentTypeError(f"there is no part '{name}'; the parts are {', '.join(PARTS)}")
    return names


if __name__ == "__main__":
    main()
