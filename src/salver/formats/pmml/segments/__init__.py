"""MiningModel: several models as one. `mining.py` is the door."""
