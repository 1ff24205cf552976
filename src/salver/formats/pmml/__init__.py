"""PMML: an engine of our own. One door, `evaluator.py`; the other rooms are its."""
