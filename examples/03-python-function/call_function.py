"""Loads the function beside this file as a model. `salver serve celsius.py:predict` would serve it."""

from pathlib import Path

import salver

with salver.load(f"{Path(__file__).parent / 'celsius.py'}:predict") as model:
    for name, signature in model.signatures.items():
        print(name, "takes", {key: str(spec) for key, spec in signature.inputs.items()})
    print(model.predict({"fahrenheit": [32.0, 98.6, 212.0]})["output"])
