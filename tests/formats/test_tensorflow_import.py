"""When TensorFlow and LiteRT are imported, and what happens where they are not installed. Each in a fresh process."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SAVED_MODELS = Path(__file__).parents[3] / "shared" / "testdata" / "saved_models"
TFLITE = Path(__file__).parents[1] / "data" / "tflite" / "int8.tflite"

pytestmark = pytest.mark.slow
needs_testdata = pytest.mark.skipif(not SAVED_MODELS.exists(), reason="../shared/testdata is not there")


def run(source: str, *arguments: str | Path) -> str:
    """What the source prints."""
    command = [sys.executable, "-c", source, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


MISSING = """
import sys
for name in sys.argv[2:]:
    sys.modules[name] = None
from salver.core.errors import Unsupported
from salver.formats.table import open_model
try:
    open_model(sys.argv[1])
except Unsupported as fault:
    print(fault.message)
"""


@pytest.mark.parametrize("name", ["frozen.pb", "saved_model.pb"])
def test_without_tensorflow_the_refusal_says_how_to_install_it(tmp_path, name):
    (tmp_path / name).touch()
    said = run(MISSING, tmp_path / name, "tensorflow")
    assert "tensorflow" in said
    assert said.endswith('pip install "salver[tensorflow]"')


def test_without_litert_the_refusal_says_how_to_install_it():
    said = run(MISSING, TFLITE, "ai_edge_litert")
    assert said.endswith('pip install "salver[tflite]"')


def test_a_tflite_model_needs_no_tensorflow():
    source = "import sys, salver; salver.load(sys.argv[1]).close(); print('tensorflow' in sys.modules)"
    assert run(source, TFLITE) == "False"


STARTED = """
import sys
from pathlib import Path
from salver.build import build
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.metrics import Metrics
from salver.options import ModelOptions, ServerOptions
options = ServerOptions(folder=sys.argv[1]) if sys.argv[3] == "folder" else ServerOptions(
    models={"model": ModelOptions(sys.argv[1]), "absent": ModelOptions("/nowhere")}
)
server = build(options, WishesFile(Path(sys.argv[2], "wishes.json")), Metrics())
before = {"tensorflow", "ai_edge_litert"} & set(sys.modules)
server.loaders.import_runtimes()
print(sorted(before), sorted({"tensorflow", "ai_edge_litert"} & set(sys.modules)))
"""


@needs_testdata
@pytest.mark.parametrize(
    ("model", "kind", "imported"),
    [
        ("matrix_half_plus_two", "model", "['tensorflow']"),
        ("saved_model_half_plus_two_tflite", "model", "['ai_edge_litert']"),
        ("generated", "folder", "['tensorflow']"),
    ],
)
def test_what_the_configured_models_need_is_imported_before_the_ports_open(tmp_path, model, kind, imported):
    assert run(STARTED, SAVED_MODELS / model, tmp_path, kind) == f"[] {imported}"


LOGGER = """
import logging, sys
level = sys.argv[2]
if level:
    logging.getLogger("tensorflow").setLevel(level)
root = logging.getLogger().handlers[:], logging.getLogger().level
import salver
salver.load(sys.argv[1]).close()
assert (logging.getLogger().handlers, logging.getLogger().level) == root
print(logging.getLevelName(logging.getLogger("tensorflow").level))
"""


@needs_testdata
@pytest.mark.parametrize(("level", "kept"), [("", "ERROR"), ("INFO", "INFO")])
def test_loggers_that_somebody_has_set_are_left_alone(level, kept):
    assert run(LOGGER, SAVED_MODELS / "matrix_half_plus_two", level) == kept


SAVED = """
import sys
import tensorflow as tf
import tensorflow_text as text
module = tf.Module()
tokenizer = text.WhitespaceTokenizer()
module.count = tf.function(
    lambda words: {"counts": tokenizer.tokenize(words).row_lengths()},
    input_signature=[tf.TensorSpec([None], tf.string, "words")],
)
tf.saved_model.save(module, sys.argv[1], signatures=module.count)
"""
COUNTED = """
import sys, numpy as np, salver
with salver.load(sys.argv[1]) as model:
    print(model.predict({"words": np.array([b"one two", b"three"], dtype=object)})["counts"].tolist())
"""


@pytest.mark.skipif(importlib.util.find_spec("tensorflow_text") is None, reason="TensorFlow Text is not installed")
def test_operations_that_tensorflow_lacks_come_from_the_package_that_brings_them(tmp_path):
    run(SAVED, tmp_path / "1")
    assert run(COUNTED, tmp_path / "1") == "[2, 1]"
