"""Small PMML documents, and pieces of them, in which one thing or another can be wrong."""

from __future__ import annotations

from collections.abc import Mapping

from pmml_documents import document

NUMBERS = {"x": "double", "c": "string u v", "y": "target:double"}
CLASSES = {"x": "double", "c": "string u v", "y": "target:string a b"}


def tree(nodes: str = '<Node score="1"><True/></Node>', attributes: str = "", function: str = "regression") -> str:
    return f'<TreeModel functionName="{function}" {attributes}>SCHEMA{nodes}</TreeModel>'


def inner(model: str) -> str:
    """A segment's model, which reads nothing."""
    return model.replace("SCHEMA", "<MiningSchema/>")


def asked(predicate: str) -> str:
    """A document of one question."""
    return document(tree(f'<Node score="0"><True/><Node score="1">{predicate}</Node></Node>'), NUMBERS)


def regression(inside: str, fields: Mapping[str, str] = NUMBERS, function: str = "regression") -> str:
    return document(f'<RegressionModel functionName="{function}">SCHEMA{inside}</RegressionModel>', fields)


READS_D = '<RegressionTable intercept="1"><NumericPredictor name="d" coefficient="1"/></RegressionTable>'


def derived(expression: str, name: str = "d") -> str:
    return f'<DerivedField name="{name}" optype="continuous" dataType="double">{expression}</DerivedField>'


def computed(*fields: str) -> str:
    """A document that reads a field d, which is among these."""
    return regression(f"<LocalTransformations>{''.join(fields)}</LocalTransformations>{READS_D}")


def with_functions(functions: str, expression: str) -> str:
    dictionary = (
        f"</DataDictionary><TransformationDictionary>{functions}{derived(expression)}</TransformationDictionary>"
    )
    return regression(READS_D).replace("</DataDictionary>", dictionary)


def function(name: str, body: str, parameters: str = '<ParameterField name="a"/>') -> str:
    return f'<DefineFunction name="{name}" optype="continuous" dataType="double">{parameters}{body}</DefineFunction>'


def apply(name: str, *arguments: str) -> str:
    return f'<Apply function="{name}">{"".join(arguments)}</Apply>'


def field(name: str) -> str:
    return f'<FieldRef field="{name}"/>'


def mining(segments: str, method: str = "sum", function: str = "regression") -> str:
    segmentation = f'<Segmentation multipleModelMethod="{method}">{segments}</Segmentation>'
    return f'<MiningModel functionName="{function}">SCHEMA{segmentation}</MiningModel>'


def segment(model: str, attributes: str = "", predicate: str = "<True/>") -> str:
    return f"<Segment {attributes}>{predicate}{inner(model)}</Segment>"


def nested(depth: int, method: str) -> str:
    model = tree()
    for _ in range(depth):
        model = mining(segment(model) + segment(tree()), method)
    return document(model, NUMBERS)


def deep(opening: str, inside: str, closing: str, depth: int) -> str:
    return opening * depth + inside + closing * depth


def schema(old: str, new: str) -> str:
    """A good document with one thing changed."""
    good = document(tree(), NUMBERS)
    assert old in good
    return good.replace(old, new, 1)


def output(fields: str) -> str:
    return schema("</MiningSchema>", f"</MiningSchema><Output>{fields}</Output>")


def value(inside: str) -> str:
    """The field x with something inside."""
    x = '<DataField name="x" optype="continuous" dataType="double">'
    return schema(x, x + inside)


def ask(operator: str, told: str, name: str = "x") -> str:
    return asked(f'<SimplePredicate field="{name}" operator="{operator}" {told}/>')


def is_in(array: str, name: str = "c") -> str:
    return asked(f'<SimpleSetPredicate field="{name}" booleanOperator="isIn">{array}</SimpleSetPredicate>')


LESS = '<SimplePredicate field="x" operator="lessThan" value="1"/>'
PAIR = '<FieldColumnPair field="c" column="i"/>'
