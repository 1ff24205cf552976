"""Two PFA documents inside a program: one that keeps no state, and one that remembers."""

from pathlib import Path

import salver

HERE = Path(__file__).parent

with salver.load(HERE / "delay.pfa") as delay:
    print(delay.predict({"km": 500.0, "weight": 2.0, "express": True}))
    several = delay.predict([{"km": 500.0, "express": False}, {"km": "far", "express": False}])
    for days, reason in zip(several["days"], several["_error"], strict=True):
        print(reason or days)

with salver.load(HERE / "watch.pfa.yaml") as watch:
    for value in (20.0, 21.0, 19.0, 20.0, 35.0):
        print(f"{watch.predict({'station': 'north', 'value': value})['output']:.2f}")
