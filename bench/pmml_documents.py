"""PMML documents for the benchmark that no training is needed for: a scorecard, and forests of any size."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(tempfile.gettempdir()) / "salver-bench" / "pmml"
WINE_COLUMNS = (
    "fixed_acidity",
    "volatile_acidity",
    "citric_acid",
    "residual_sugar",
    "chlorides",
    "free_sulfur_dioxide",
    "total_sulfur_dioxide",
    "density",
    "pH",
    "sulphates",
    "alcohol",
)
"""Of the wine models and their table."""
NUMBERS = [f"amount_{place}" for place in range(10)]
TEXTS = [f"kind_{place}" for place in range(5)]
FEATURES = [f"x{place}" for place in range(20)]
_HEAD = '<?xml version="1.0"?>\n<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">\n\t<Header/>\n'


def scorecard() -> Path:
    """Fifteen fields, three to five attributes each, with the three weightiest reason codes."""
    fields = [_field(name, "continuous", "double") for name in (*NUMBERS, "score")]
    fields += [_field(name, "categorical", "string") for name in TEXTS]
    schema = [f'<MiningField name="{name}"/>' for name in (*NUMBERS, *TEXTS)]
    output = [
        f'<OutputField name="reason_{rank}" optype="categorical" dataType="string" feature="reasonCode" rank="{rank}"/>'
        for rank in (1, 2, 3)
    ]
    parts = [_intervals(name, 3 + place % 3) for place, name in enumerate(NUMBERS)]
    parts += [_categories(name, 3 + place % 3) for place, name in enumerate(TEXTS)]
    lines = [
        f"<DataDictionary>{''.join(fields)}</DataDictionary>",
        '<Scorecard functionName="regression" initialScore="20" useReasonCodes="true" '
        'reasonCodeAlgorithm="pointsBelow" baselineMethod="max">',
        f'<MiningSchema>{"".join(schema)}<MiningField name="score" usageType="target"/></MiningSchema>',
        f"<Output>{''.join(output)}</Output>",
        f"<Characteristics>{''.join(parts)}</Characteristics>",
        "</Scorecard>",
        "</PMML>",
    ]
    return _kept("scorecard", iter([_HEAD, *lines]))


def applicants(count: int) -> list[dict[str, Any]]:
    """Rows for the scorecard."""
    chance = np.random.default_rng(0)
    amounts = chance.uniform(0, 60, (count, len(NUMBERS))).tolist()
    kinds = chance.integers(0, 6, (count, len(TEXTS))).tolist()
    return [
        {
            **dict(zip(NUMBERS, numbers, strict=True)),
            **{name: f"k{kind}" for name, kind in zip(TEXTS, texts, strict=True)},
        }
        for numbers, texts in zip(amounts, kinds, strict=True)
    ]


def forest(megabytes: int) -> Path:
    """A forest of two classes of about that size, as scikit-learn's exporter writes one: trees of depth 10."""
    return _kept(f"forest-{megabytes}mb", _forest(megabytes * 1_000_000))


def _kept(name: str, pieces: Iterator[str]) -> Path:
    file = FOLDER / f"{name}.pmml"
    if not file.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part")
        with unfinished.open("w") as out:
            out.writelines(pieces)
        unfinished.rename(file)
    return file


def _field(name: str, optype: str, type_: str) -> str:
    return f'<DataField name="{name}" optype="{optype}" dataType="{type_}"/>'


def _characteristic(name: str, attributes: list[str]) -> str:
    start = f'<Characteristic name="of_{name}" reasonCode="R_{name}" baselineScore="20">'
    return f"{start}{''.join(attributes)}</Characteristic>"


def _intervals(name: str, count: int) -> str:
    """Up to 10, up to 20, ..., above; the last also for what is missing."""
    attributes = []
    for place in range(count - 1):
        above = f'<SimplePredicate field="{name}" operator="greaterThan" value="{10 * place}"/>'
        upto = f'<SimplePredicate field="{name}" operator="lessOrEqual" value="{10 * place + 10}"/>'
        both = f'<CompoundPredicate booleanOperator="and">{above}{upto}</CompoundPredicate>'
        attributes.append(f'<Attribute partialScore="{7 * place + 3}">{both if place else upto}</Attribute>')
    attributes.append('<Attribute partialScore="31"><True/></Attribute>')
    return _characteristic(name, attributes)


def _categories(name: str, count: int) -> str:
    """One, two together, others one by one, and the rest."""
    tests = [
        f'<SimplePredicate field="{name}" operator="equal" value="k0"/>',
        f'<SimpleSetPredicate field="{name}" booleanOperator="isIn"><Array n="2" type="string">k1 k2</Array>'
        "</SimpleSetPredicate>",
        *(f'<SimplePredicate field="{name}" operator="equal" value="k{kind}"/>' for kind in range(3, count)),
    ][: count - 1]
    attributes = [f'<Attribute partialScore="{5 * place}">{test}</Attribute>' for place, test in enumerate(tests)]
    return _characteristic(name, [*attributes, '<Attribute partialScore="12"><True/></Attribute>'])


def _forest(size: int) -> Iterator[str]:
    chance = np.random.default_rng(0)
    schema = "".join(f'<MiningField name="{name}"/>' for name in FEATURES)
    fields = "".join(_field(name, "continuous", "double") for name in FEATURES)
    yield (
        f'{_HEAD}<DataDictionary><DataField name="y" optype="categorical" dataType="string"><Value value="no"/>'
        f'<Value value="yes"/></DataField>{fields}</DataDictionary>\n<MiningModel functionName="classification">'
        f'<MiningSchema><MiningField name="y" usageType="target"/>{schema}</MiningSchema>\n'
        '<Segmentation multipleModelMethod="average" missingPredictionTreatment="returnMissing">\n'
    )
    done = number = 0
    while done < size:
        number += 1
        tree = (
            f'<Segment id="{number}"><True/><TreeModel functionName="classification" '
            f'missingValueStrategy="nullPrediction"><MiningSchema>{schema}</MiningSchema>\n'
            f"{_nodes(chance)}</TreeModel></Segment>\n"
        )
        done += len(tree)
        yield tree
    yield "</Segmentation></MiningModel></PMML>\n"


def _nodes(chance: np.random.Generator, depth: int = 10) -> str:
    """A full tree: the node `i` of a heap has the children `2 i` and `2 i + 1`."""
    size = 1 << depth
    features, thresholds = chance.integers(0, len(FEATURES), size).tolist(), chance.normal(size=size).tolist()
    counts = chance.integers(0, 1000, 2 * size).tolist()
    lines: list[str] = []

    def write(node: int, predicate: str, level: int) -> None:
        indent = "\t" * (level + 4)
        if level == depth:
            no, yes = counts[2 * (node - size)], counts[2 * (node - size) + 1]
            lines.append(f'{indent}<Node score="{"yes" if yes > no else "no"}" recordCount="{no + yes}">\n')
            lines.append(f"{indent}\t{predicate}\n")
            lines.append(f'{indent}\t<ScoreDistribution value="no" recordCount="{no}"/>\n')
            lines.append(f'{indent}\t<ScoreDistribution value="yes" recordCount="{yes + 1}"/>\n{indent}</Node>\n')
            return
        test = f'<SimplePredicate field="{FEATURES[features[node]]}" operator="%s" value="{thresholds[node]!r}"/>'
        lines.append(f"{indent}<Node>\n{indent}\t{predicate}\n")
        write(2 * node, test % "lessOrEqual", level + 1)
        write(2 * node + 1, test % "greaterThan", level + 1)
        lines.append(f"{indent}</Node>\n")

    write(1, "<True/>", 0)
    return "".join(lines)
