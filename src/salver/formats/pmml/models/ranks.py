"""Whether a document asks for more than the first of what is ranked."""

from __future__ import annotations

from salver.formats.pmml.element import Element


def are_ranks_asked(model: Element) -> bool:
    """Whether an OutputField of a model element, or of one around it, has a rank beyond 1."""
    place: Element | None = model
    while place is not None:
        output = place.first("Output")
        if output is not None and any(field.integer("rank", 1) > 1 for field in output.all("OutputField")):
            return True
        place = place.parent
    return False
