"""MLServer with the nodes of a graph: as one runtime that does both, or as two models that a driver asks in turn."""

from __future__ import annotations

from pathlib import Path

from bench import cores
from bench.graph_documents import SELDON_NODES
from bench.peers.chain import Plan
from bench.peers.mlserver import command_for
from bench.running import free_port

CODE = (Path(__file__).with_name("mlserver_nodes.py"), SELDON_NODES)


def at_once(port: int) -> tuple[list[str], dict[str, str]]:
    """The command line and its environment. Raises Missing where MLServer cannot be installed."""
    return command_for("mlserver-both", {"pair": {"implementation": "mlserver_nodes.Both"}}, CODE, port)


def in_turn(port: int) -> list[str]:
    """The command line of one MLServer with two models, and their driver."""
    own = free_port()
    models = {name: {"implementation": f"mlserver_nodes.{name}"} for name in ("Scaling", "Scoring")}
    steps = [(own, f"/v2/models/{name}/infer") for name in models]
    return Plan(
        port, cores.LOAD, [command_for("mlserver-pair", models, CODE, own)], steps, "outputs as inputs"
    ).command()
