"""Transformers: other tensors of those that come, row for row."""
