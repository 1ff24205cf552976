"""A document as a whole: which of its models answers, what it tells of itself, and the options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from salver.core.errors import BadInput
from salver.formats.pmml.evaluator import PmmlEvaluator
from salver.formats.pmml.options import PmmlOptions

DEFAULT = PmmlOptions()


def model(name: str, score: str, attributes: str = "") -> str:
    return (
        f'<TreeModel modelName="{name}" functionName="classification" {attributes}><MiningSchema>'
        '<MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>'
        f'<Node score="{score}"><True/><ScoreDistribution value="a" recordCount="1"/>'
        '<ScoreDistribution value="b" recordCount="3"/></Node></TreeModel>\n'
    )


def opened(folder: Path, models: str, options: PmmlOptions = DEFAULT) -> PmmlEvaluator:
    path = folder / "model.pmml"
    path.write_text(
        '<PMML version="4.4"><Header copyright="(c) us" description="words">\n'
        '<Application name="maker" version="1.2"/><Timestamp> noon </Timestamp></Header>\n<DataDictionary>'
        '<DataField name="x" optype="continuous" dataType="double"/>'
        '<DataField name="y" optype="categorical" dataType="string"><Value value="a"/><Value value="b"/></DataField>'
        f"</DataDictionary>{models}</PMML>",
        encoding="utf-8",
    )
    return PmmlEvaluator(str(path), options)


def test_the_first_model_that_is_scorable_answers(tmp_path: Path):
    assert opened(tmp_path, model("one", "a") + model("two", "b")).of_values({"x": 1})["y"] == "a"
    unfit = model("one", "a", 'isScorable="false"')
    assert opened(tmp_path, unfit + model("two", "b")).of_values({"x": 1})["y"] == "b"


def test_another_may_be_named(tmp_path: Path):
    both = model("one", "a") + model("two", "b")
    assert opened(tmp_path, both, PmmlOptions(model="two")).of_values({"x": 1})["y"] == "b"
    with pytest.raises(BadInput, match=r"there is no model 'three'; the models are 'one', 'two' \(/PMML, line 1\)"):
        opened(tmp_path, both, PmmlOptions(model="three"))


def test_what_a_model_that_does_not_answer_gets_wrong_does_not_matter(tmp_path: Path):
    wrong = model("two", "b", 'missingValueStrategy="pray"')
    assert opened(tmp_path, model("one", "a") + wrong).of_values({"x": 1})["y"] == "a"


def test_the_view_of_what_is_not_declared_may_be_left_out(tmp_path: Path):
    answer = opened(tmp_path, model("one", "a")).of_values({"x": 1})
    assert answer == {"y": "a", "probability(a)": 0.25, "probability(b)": 0.75, "entityId": "1"}
    assert opened(tmp_path, model("one", "a"), PmmlOptions(own_view=False)).of_values({"x": 1}) == {"y": "a"}


def test_it_tells_of_itself(tmp_path: Path):
    facts = opened(tmp_path, model("one", "a")).metadata
    told = {
        "version": "4.4",
        "model": "TreeModel",
        "name": "one",
        "function": "classification",
        "description": "words",
        "copyright": "(c) us",
        "application": "maker 1.2",
        "timestamp": "noon",
    }
    assert told.items() <= facts.items()


def test_a_name_of_a_file_is_in_every_refusal(tmp_path: Path):
    with pytest.raises(BadInput, match=r"model\.pmml: "):
        opened(tmp_path, model("one", "a", 'noTrueChildStrategy="pray"'))


@pytest.mark.parametrize("make", [lambda: PmmlOptions(max_bytes=0), lambda: PmmlOptions(max_depth=0)])
def test_bounds_are_at_least_one(make: Callable[[], PmmlOptions]):
    with pytest.raises(BadInput, match="must be at least 1, got 0"):
        make()
