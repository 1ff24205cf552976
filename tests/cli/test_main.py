from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import fields

import pytest

from salver.cli.main import VERBS
from salver.cli.style import table
from salver.options import ServerOptions
from salver.version import __version__


def test_help_lists_the_verbs_and_where_to_start(salver):
    ran = salver("--help")
    assert ran.status == 0
    for verb in VERBS:
        assert verb.NAME in ran.out
    assert "salver serve model.onnx" in ran.out


@pytest.mark.parametrize("verb", [verb.NAME for verb in VERBS])
def test_every_verb_teaches_by_example(salver, verb):
    ran = salver(verb, "--help")
    assert ran.status == 0
    assert f"examples:\n  salver {verb}" in ran.out


def test_serve_has_an_option_for_each_plain_field(salver):
    out = salver("serve", "--help").out
    composed = {"models", "folder", "lifecycle", "limits", "listen", "http2", "tls"}
    for field in fields(ServerOptions):
        flag = f"--{field.name.replace('_', '-')}"
        assert bool(re.search(rf"{flag}\b(?!-)", out)) == (field.name not in composed), flag
    for flag in ("--tls-cert PATH", "--tls-key PATH", "--tls-client-ca PATH"):
        assert flag in out


def test_the_version_is_told(salver):
    assert salver("--version").out == f"salver {__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("fly",), ("serve",), ("serve", "m", "--port", "x"), ("models", "explode")])
def test_a_wrong_command_line_is_status_2_and_shows_the_usage(salver, arguments):
    ran = salver(*arguments)
    assert ran.status == 2
    assert ran.err.startswith("usage: salver")


def test_a_table_is_as_wide_as_its_cells():
    assert table([("A", "B"), ("long", "x")]) == "A     B\nlong  x"
    assert table([]) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_on_a_terminal_unless_refused(wine, environment, coloured):
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "salver", "inspect", str(wine)]
    ran = subprocess.run(command, stdout=theirs, env={**plain, "TERM": "xterm", **environment}, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000)
    os.close(ours)
    assert ran.returncode == 0
    assert (b"\x1b[" in shown) is coloured


@pytest.mark.slow
def test_ctrl_c_ends_a_command_quietly(write, tmp_path):
    os.mkfifo(tmp_path / "started")
    model = write(
        "slow.py",
        f"""
        import time

        def predict(x: float) -> float:
            open({str(tmp_path / "started")!r}, "w").close()
            time.sleep(60)
            return x
        """,
    )
    command = [sys.executable, "-m", "salver", "predict", str(model), str(write("x.csv", "x\n1\n"))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    (tmp_path / "started").open().close()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
