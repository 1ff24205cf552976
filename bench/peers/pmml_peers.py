"""Other engines for PMML, and scikit-learn itself: their environment, and each as a process that takes its turns."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from bench.peers import venv
from bench.peers.turn_takers import TurnTaker, taking_turns

PACKAGES = (
    "scikit-learn==1.5.2",
    "numpy<2.1",
    "pandas>=2.2",
    "pypmml==1.5.8",
    "jpmml-evaluator==0.16.0",
    "JPype1>=1.5",
    "sklearn2pmml==0.133.1",
)
NAMES = {
    "pypmml": "pypmml (PMML4S)",
    "jpmml": "jpmml-evaluator",
    "transpiled": "jpmml-evaluator, transpiled",
    "sklearn": "scikit-learn",
}
FOLDER = Path(tempfile.gettempdir()) / "salver-bench" / "pmml"
MODELS = ("forest", "boosting", "logistic")
_HERE = Path(__file__).parent


def python() -> Path:
    """The interpreter of the peers' environment. Raises Missing where it cannot be made."""
    return venv.make("pmml", *PACKAGES) / "bin" / "python"


def models(wine: Path) -> Path:
    """The folder with the documents, trained when they are not there yet. Raises Missing where they cannot be."""
    if not all((FOLDER / f"{name}.pmml").exists() for name in MODELS):
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [str(python()), str(_HERE / "pmml_models.py"), str(wine), str(FOLDER)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            words = done.stderr.strip().splitlines() or ["no words"]
            raise venv.Missing(f"the models cannot be trained: {words[-1]}")
    return FOLDER


def running(name: str, model: str, rows: Path) -> AbstractContextManager[TurnTaker]:
    """A peer, warm, with its document loaded; it answers to the first rows at once. Raises RuntimeError with its last
    words."""
    return taking_turns(
        f"{name} failed on {model}", python(), _HERE / "pmml_answers.py", name, str(FOLDER), model, str(rows)
    )
