"""A model that is a function: its annotations say what goes in and what comes out.

It is written for one row; it is called once for each.
"""


def predict(fahrenheit: float) -> float:
    """Degrees Fahrenheit to degrees Celsius."""
    return (fahrenheit - 32) / 1.8
