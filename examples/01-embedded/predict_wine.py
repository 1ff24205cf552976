"""A model inside a program: load the file, ask it. No server, no event loop."""

from pathlib import Path

import numpy as np

import salver

MODEL = Path(__file__).parents[1] / "wine" / "models" / "wine" / "1" / "model.onnx"

wines = np.array(
    [
        [7.4, 0.70, 0.00, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4],
        [7.9, 0.35, 0.46, 3.6, 0.078, 15.0, 37.0, 0.9973, 3.35, 0.86, 12.8],
    ],
    dtype=np.float32,
)

with salver.load(MODEL) as model:
    answer = model.predict({"features": wines})

for grade, chances in zip(answer["quality"], answer["probabilities"], strict=True):
    print(f"grade {grade}, {chances.max():.0%} sure")
