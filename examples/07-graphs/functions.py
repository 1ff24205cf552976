"""The models of these graphs: so small that their answers can be worked out in one's head."""

import asyncio
from typing import Annotated, Any

import numpy as np

Values = Annotated[np.ndarray, "FP64", (-1,)]
Chances = Annotated[np.ndarray, "FP64", (-1, 2)]
Rows = Annotated[np.ndarray, "FP64", (-1, 2)]


def tens(x: float) -> float:
    return x * 10


def hundreds(x: float) -> float:
    return x * 100


def thousands(x: float) -> float:
    return x * 1000


def double(x: float) -> float:
    return x * 2


def add(x: float, y: float) -> float:
    return x + y


def above_3(x: float) -> str:
    return "high" if x > 3 else "low"


def above_5(x: float) -> str:
    return "high" if x > 5 else "low"


def above_7(x: float) -> str:
    return "high" if x > 7 else "low"


def vague(x: Values) -> Chances:
    """The chances of low and high: of 2 they are 0.8 and 0.2, of 6 they are 0.4 and 0.6."""
    return np.stack([1 - x / 10, x / 10], axis=1)


def certain(x: Values) -> Chances:
    """Low or high, without a doubt; the limit is 5."""
    return np.stack([x <= 5, x > 5], axis=1).astype(np.float64)


def whole(row: Rows) -> Rows:
    """An autoencoder of sorts: it can reproduce whole numbers only."""
    return np.asarray(np.rint(row))


async def asleep(x: float) -> float:
    """Answers next hour."""
    await asyncio.sleep(3600)
    return x * 10_000


class Sleepy:
    """Sleeps when it is asked for the first time, and is awake from then on."""

    def __init__(self) -> None:
        self.is_awake = False

    async def predict(self, x: float) -> float:
        if not self.is_awake:
            self.is_awake = True
            await asyncio.sleep(3600)
        return x * 10


class Seldons:
    """A class as Seldon's Python wrapper takes it: it says by its methods what it is, here a model."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def predict(self, X: Any, names: list[str], meta: dict[str, Any] | None = None) -> Any:  # noqa: N803 - Seldon's
        return X * self.factor
