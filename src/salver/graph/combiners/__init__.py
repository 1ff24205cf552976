"""Combiners: one answer of several."""
