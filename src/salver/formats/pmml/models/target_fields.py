"""The targets of a model that may have several of them."""

from __future__ import annotations

from salver.formats.pmml.dictionary import read_dictionary
from salver.formats.pmml.element import Element
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.scope import Target
from salver.formats.pmml.treatment import read_schema


def targets_of(model: Model) -> tuple[Target, ...]:
    """All targets of a model's schema, the first as the model has it; () where the document names none."""
    mining = [field for field in read_schema(model.element).values() if field.is_target]
    if len(mining) < 2:
        return (model.target,) if mining else ()
    dictionary = read_dictionary(_root(model.element))
    targets = [model.target]
    for field in mining[1:]:
        data = dictionary.get(field.name)
        if data is None:
            field.element.refuse(f"there is no field '{field.name}' in the DataDictionary")
        targets.append(Target(data.name, data.type, field.optype or data.optype, data.valid))
    return tuple(targets)


def _root(element: Element) -> Element:
    while element.parent is not None:
        element = element.parent
    return element
