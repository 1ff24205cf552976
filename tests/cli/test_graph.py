from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from salver.cli.main import main

WINE = Path(__file__).parents[2] / "examples" / "wine" / "graph" / "wine.graph.yaml"
DEPLOYMENT = Path(__file__).parents[1] / "data" / "seldon_deployments" / "ensemble.yaml"


def test_a_graph_is_drawn_as_text(capsys):
    assert main(["graph", "show", str(WINE)]) == 0
    told = capsys.readouterr().out
    for name in ("drift", "odd", "standardised", "bandit", "network", "acids"):
        assert name in told


def test_a_graph_is_drawn_as_svg(tmp_path, capsys):
    file = tmp_path / "wine.svg"
    assert main(["graph", "show", str(WINE), "--svg", str(file)]) == 0
    words = {element.text for element in ET.parse(file).iter() if element.text}
    assert {"drift", "bandit", "network"} <= words
    assert main(["graph", "show", str(WINE), "--svg", str(tmp_path / "none" / "x.svg")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_deployment_is_drawn_with_what_is_not_heeded_beside_it(capsys):
    assert main(["graph", "show", str(DEPLOYMENT)]) == 0
    assert capsys.readouterr().out.strip()


def test_what_is_no_graph_is_refused_with_its_place(tmp_path, capsys):
    file = tmp_path / "x.graph.yaml"
    file.write_text("nodes:\n  a: {model: m, inputs: [b]}\n")
    assert main(["graph", "show", str(file)]) == 1
    assert f"{file}: nodes: nodes.a.inputs[0]: there is no step 'b'" in capsys.readouterr().err


@pytest.mark.parametrize("file", [WINE, DEPLOYMENT])
def test_a_graph_can_be_checked_without_its_models(file, capsys):
    assert main(["check", "--syntax-only", str(file)]) == 0
    assert "1 model" in capsys.readouterr().out
