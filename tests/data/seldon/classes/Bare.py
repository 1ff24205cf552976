# ruff: noqa
# mypy: ignore-errors
"""Nothing but what a component is born with."""

from seldon_core.user_model import SeldonComponent


class Bare(SeldonComponent):
    pass
