"""A PMML document inside a program: one row, and rows of which one is refused."""

from pathlib import Path

import salver

DOCUMENT = Path(__file__).with_name("risk.pmml")

with salver.load(DOCUMENT) as model:
    one = model.predict({"age": 42, "city": "Oslo"})
    print(f"{one['risk']} at {one['chance']:.3f}")

    several = model.predict([{"age": 70, "income": 10_000, "city": "Oslo"}, {"age": 12, "city": "Rome"}])
    for risk, reason in zip(several["risk"], several["_error"], strict=True):
        print(reason or risk)
