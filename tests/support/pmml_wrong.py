"""PMML documents in each of which one thing is wrong, and what the refusal says of it: what, and where."""

from __future__ import annotations

from pmml_documents import document
from pmml_pieces import (
    CLASSES,
    LESS,
    NUMBERS,
    PAIR,
    apply,
    ask,
    asked,
    computed,
    deep,
    derived,
    field,
    function,
    is_in,
    mining,
    nested,
    output,
    regression,
    schema,
    segment,
    tree,
    value,
    with_functions,
)

NO = '<MiningField name="no"/>'

WRONG: dict[str, tuple[str, str]] = {
    # No document.
    "nothing": ("", "no element found: line 1"),
    "no XML": ("hello", "no well-formed XML: syntax error: line 1"),
    "another XML": ("<html/>", "is no PMML: its root is html"),
    "no model": ("<PMML><DataDictionary/></PMML>", "there is no model in it; wanted one of AnomalyDetectionModel, "),
    "an unknown model": (
        "<PMML><AModel><MiningSchema/></AModel></PMML>",
        "no model element AModel; .*/PMML/AModel, line",
    ),
    "SequenceModel": (
        '<PMML><SequenceModel functionName="sequences"/></PMML>',
        "sequence rules .*/SequenceModel, line",
    ),
    "two attributes": ("<PMML a='' a=''/>", "duplicate attribute: line 1"),
    # What XML can do to a reader.
    "a DTD": ('<!DOCTYPE PMML SYSTEM "file:///etc/passwd"><PMML/>', r"document type definition .* \(line 1\)"),
    "an entity bomb": (
        '<!DOCTYPE PMML [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><PMML>&b;</PMML>',
        r"document type definition is not allowed \(line 1\)",
    ),
    "an entity of nobody": ("<PMML>&nope;</PMML>", "undefined entity: line 1"),
    # Depth.
    "10,000 nodes deep": (
        document(tree(deep('<Node score="1"><True/>', "", "</Node>", 10_000)), NUMBERS),
        r"nested deeper than 1000 \(line 3, at a Node\)",
    ),
    "10,000 predicates deep": (
        asked(deep('<CompoundPredicate booleanOperator="and"><True/>', "", "</CompoundPredicate>", 10_000)),
        r"nested deeper than 1000 \(line 3, at a ",
    ),
    "500 predicates deep": (
        asked(deep('<CompoundPredicate booleanOperator="and"><True/>', LESS, "</CompoundPredicate>", 500)),
        "predicates are nested deeper than 100.*CompoundPredicate, line 3",
    ),
    "a predicate that doubles at every step": (
        asked(deep(f'<CompoundPredicate booleanOperator="xor">{LESS}', "<True/>", "</CompoundPredicate>", 90)),
        "predicates are nested deeper than 100, or are more than 20,000 tests.*line 3",
    ),
    "10,000 calls deep": (
        computed(derived(deep('<Apply function="abs">', field("x"), "</Apply>", 10_000))),
        "deeper than 1000",
    ),
    "900 calls deep": (
        computed(derived(deep('<Apply function="abs">', field("x"), "</Apply>", 900))),
        "expressions are nested deeper than 100 .*Apply, line 3",
    ),
    "10,000 fields in a chain": (
        computed(
            *(derived(field(f"d{i + 1}"), f"d{i}" if i else "d") for i in range(10_000)), derived(field("x"), "d10000")
        ),
        r"computed of each other in a chain .*DerivedField\[\d+\], line 3",
    ),
    "300 models in each other": (nested(300, "sum"), "models are nested deeper than .*line 3|deeper than 1000"),
    "200 chains in each other": (nested(200, "modelChain"), "models are nested deeper than .*line 3"),
    # Circles.
    "a field of itself": (computed(derived(field("d"))), "'d' is derived of itself .*DerivedField, line 3"),
    "fields of each other": (
        computed(derived(field("e")), derived(field("d"), "e")),
        r"'d' is derived of itself .*/DerivedField\[1\], line 3",
    ),
    "a function of itself": (
        with_functions(function("f", apply("f", field("a"))), apply("f", field("x"))),
        "'f' is defined by itself .*DefineFunction/Apply, line 2",
    ),
    "functions of each other": (
        with_functions(
            function("f", apply("g", field("a"))) + function("g", apply("f", field("a"))), apply("f", field("x"))
        ),
        r"'f' is defined by itself .*DefineFunction\[2\]/Apply, line 2",
    ),
    "functions that double": (
        with_functions(
            function("f0", field("a"))
            + "".join(function(f"f{i}", apply("+", *[apply(f"f{i - 1}", field("a"))] * 2)) for i in range(1, 60)),
            apply("f59", field("x")),
        ),
        "more than 1,000 applications of functions .*line 2|expressions are nested deeper than 100 .*line 2",
    ),
    # Names of nothing, and names of two things.
    "a derived field of nothing": (computed(derived(field("no"))), "no field 'no'; the fields are .*FieldRef, line 3"),
    "a predictor of nothing": (
        regression('<RegressionTable intercept="1"><NumericPredictor name="no" coefficient="1"/></RegressionTable>'),
        "no field 'no'; the fields are c, x .*NumericPredictor, line 3",
    ),
    "a question about nothing": (ask("equal", 'value="1"', "no"), "no field 'no'.*/Node/Node, line 3"),
    "a mining field of nothing": (
        schema("<MiningSchema>", f"<MiningSchema>{NO}"),
        r"no field 'no' in the DataDictionary .*MiningField\[1\], line 3",
    ),
    "no dictionary": (
        f"<PMML>{tree()}</PMML>".replace("SCHEMA", '<MiningSchema><MiningField name="x"/></MiningSchema>'),
        "no field 'x' in the DataDictionary .*MiningField, line 1",
    ),
    "a segment's field of nothing": (
        document(mining(segment(tree())), NUMBERS).replace("<MiningSchema/>", f"<MiningSchema>{NO}</MiningSchema>"),
        "no field 'no'.*Segment/TreeModel/MiningSchema/MiningField, line 3",
    ),
    "an output of no segment": (
        output('<OutputField name="o" feature="predictedValue" segmentId="9"/>'),
        "no segment '9' .*OutputField, line 3",
    ),
    "an output of no target": (
        output('<OutputField name="o" feature="predictedValue" targetField="no"/>'),
        "no target 'no' .*OutputField, line 3",
    ),
    "an output of a later one": (
        output(f'<OutputField name="o" feature="transformedValue">{field("p")}</OutputField><OutputField name="p"/>'),
        r"no field 'p'.*OutputField\[1\]/FieldRef, line 3",
    ),
    "a function that is none": (computed(derived(apply("no", field("x")))), "no function 'no'.*Apply, line 3"),
    "a default child that is none": (
        document(
            tree(
                f'<Node score="1" defaultChild="z"><True/><Node id="a" score="2">{LESS}</Node></Node>',
                'missingValueStrategy="defaultChild"',
            ),
            NUMBERS,
        ),
        "defaultChild='z' is no child of the node .*Node, line 3",
    ),
    "two fields of a name": (
        schema("<DataDictionary>", '<DataDictionary><DataField name="x" optype="continuous" dataType="double"/>'),
        r"two fields 'x' .*DataField\[2\], line 2",
    ),
    "two mining fields of a name": (
        schema("<MiningSchema>", '<MiningSchema><MiningField name="x"/>'),
        r"two mining fields 'x' .*MiningField\[2\], line 3",
    ),
    "two derived fields of a name": (
        computed(derived(field("x")), derived(field("x"))),
        r"two fields 'd' .*DerivedField\[2\], line 3",
    ),
    "two functions of a name": (
        with_functions(function("f", field("a")) * 2, apply("f", field("x"))),
        r"two functions 'f' .*DefineFunction\[2\], line 2",
    ),
    "two parameters of a name": (
        with_functions(function("f", field("a"), '<ParameterField name="a"/>' * 2), apply("f", field("x"), field("x"))),
        r"two parameters 'a' .*ParameterField\[2\], line 2",
    ),
    "two outputs of a name": (output('<OutputField name="o"/>' * 2), r"two outputs 'o' .*OutputField\[2\], line 3"),
    "two tables of a class": (
        regression('<RegressionTable intercept="1" targetCategory="a"/>' * 2, CLASSES, "classification"),
        r"two tables of class 'a' .*RegressionTable\[2\], line 3",
    ),
    "two roots": (document(tree('<Node score="1"><True/></Node>' * 2), NUMBERS), "one root Node.*/TreeModel, line 3"),
    "two predicates": (asked("<True/><True/>"), "one predicate.*/Node/Node, line 3"),
    # What is not there.
    "a field without a name": (
        schema("<DataDictionary>", '<DataDictionary><DataField optype="continuous" dataType="double"/>'),
        r"needs an attribute name .*DataField\[1\], line 2",
    ),
    "an output without a name": (
        output('<OutputField feature="predictedValue"/>'),
        "attribute name .*OutputField, line 3",
    ),
    "a model without a function": (
        schema('functionName="regression"', ""),
        "attribute functionName .*TreeModel, line 3",
    ),
    "a value without a value": (value("<Value/>"), "needs an attribute value .*Value, line 2"),
    "a threshold without a value": (ask("lessThan", ""), "needs an attribute value .*Node/Node, line 3"),
    "a set without an Array": (is_in(""), "needs a child Array .*SimpleSetPredicate, line 3"),
    "a predicate of no parts": (
        asked('<CompoundPredicate booleanOperator="and"/>'),
        "a CompoundPredicate needs predicates .*CompoundPredicate, line 3",
    ),
    "a predicate of no operator": (asked("<CompoundPredicate><True/></CompoundPredicate>"), "booleanOperator .*line 3"),
    "a node without a predicate": (asked(""), "a Node needs a predicate .*Node/Node, line 3"),
    "a tree without a node": (document(tree(""), NUMBERS), "needs a Node .*TreeModel, line 3"),
    "a share of nobody": (
        document(tree('<Node><True/><ScoreDistribution recordCount="1"/></Node>', "", "classification"), CLASSES),
        "ScoreDistribution needs an attribute value .*line 3",
    ),
    "a model of no segments": (document(mining(""), NUMBERS), "needs segments .*Segmentation, line 3"),
    "a model without Segmentation": (
        document('<MiningModel functionName="regression">SCHEMA</MiningModel>', NUMBERS),
        "without Segmentation .*MiningModel, line 3",
    ),
    "a segment without a model": (
        document(mining("<Segment><True/></Segment>"), NUMBERS),
        "needs a model .*Segment, line 3",
    ),
    "a segment without a predicate": (
        document(mining(segment(tree(), predicate="")), NUMBERS),
        "needs a child SimplePredicate or .*Segment, line 3",
    ),
    "an expression that is not there": (computed(derived("")), "needs a child Constant or .*DerivedField, line 3"),
    "an output that computes nothing": (
        output('<OutputField name="o" feature="transformedValue"/>'),
        "needs an expression .*OutputField, line 3",
    ),
    "a call of nothing": (computed(derived("<Apply/>")), "needs an attribute function .*Apply, line 3"),
    "a function without a body": (with_functions(function("f", ""), apply("f", field("x"))), "expression .*line 2"),
    "a regression of no table": (regression(""), "needs one RegressionTable, there are 0 .*RegressionModel, line 3"),
    "a predictor without a coefficient": (
        regression('<RegressionTable intercept="1"><NumericPredictor name="x"/></RegressionTable>'),
        "needs an attribute coefficient .*NumericPredictor, line 3",
    ),
    "a replacement that is not there": (
        schema('usageType="active"', 'invalidValueTreatment="asValue"'),
        r"needs an invalidValueReplacement .*MiningField\[1\], line 3",
    ),
    # Words where numbers should be, and the other way round.
    "a threshold of letters": (ask("lessThan", 'value="many"'), "value='many' is no double, as field 'x' is .*line 3"),
    "a threshold of NaN": (ask("greaterThan", 'value="NaN"'), "value='NaN' is no double, as field 'x' is .*line 3"),
    "a set of letters": (is_in("<Array>u v</Array>", "x"), "value='u' is no double, as field 'x' is .*Array, line 3"),
    "a score of letters": (
        document(tree('<Node score="high"><True/></Node>'), NUMBERS),
        "score='high' is no number .*line 3",
    ),
    "a count of letters": (
        document(tree('<Node score="1" recordCount="many"><True/></Node>'), NUMBERS),
        "recordCount='many' is no number .*Node, line 3",
    ),
    "a weight of letters": (
        document(mining(segment(tree(), 'weight="big"')), NUMBERS),
        "weight='big' is no number .*line 3",
    ),
    "a penalty of letters": (
        document(tree(attributes='missingValuePenalty="big"'), NUMBERS),
        "='big' is no number .*line 3",
    ),
    "a margin of letters": (
        value('<Interval closure="openOpen" leftMargin="low"/>'),
        "'low' is no double .*Interval, line 2",
    ),
    "a margin of NaN": (value('<Interval closure="openOpen" leftMargin="NaN"/>'), "no number .*Interval, line 2"),
    "a number of letters": (value('<Value value="low"/>'), r"'low' is no double .*DataField\[1\], line 2"),
    "a replacement of letters": (
        schema('usageType="active"', 'missingValueReplacement="much"'),
        r"'much' is no double .*MiningField\[1\], line 3",
    ),
    "a constant of letters": (
        computed(derived('<Constant dataType="double">x</Constant>')),
        "'x' is no double .*line 3",
    ),
    "a date of letters": (
        ask("lessThan", 'value="noon"').replace('dataType="double"', 'dataType="date"', 1),
        "value='noon' is no date, as field 'x' is .*line 3",
    ),
    "a date beyond time": (
        ask("lessThan", 'value="99999-01-01"').replace('dataType="double"', 'dataType="date"', 1),
        "is no date, as field 'x' is .*line 3",
    ),
    "a text as a number": (
        regression('<RegressionTable intercept="1"><NumericPredictor name="c" coefficient="1"/></RegressionTable>'),
        "'c' is text, wanted a number .*NumericPredictor, line 3",
    ),
    "a factor of letters": (
        schema("</MiningSchema>", '</MiningSchema><Targets><Target field="y" rescaleFactor="x"/></Targets>'),
        "rescaleFactor='x' is no number .*Target, line 3",
    ),
    "classes for a number": (
        document(mining(segment(tree('<Node score="a"><True/></Node>', "", "classification"))), NUMBERS),
        "'a' is no (number|double).*line 3",
    ),
    # Words that are not among those that are known.
    **{
        f"{attribute}=pray": (text, f"{attribute}='pray' is not (known|supported).*wanted one of .*line")
        for attribute, text in {
            "operator": ask("pray", 'value="1"').replace("wanted", ""),
            "missingValueStrategy": document(tree(attributes='missingValueStrategy="pray"'), NUMBERS),
            "noTrueChildStrategy": document(tree(attributes='noTrueChildStrategy="pray"'), NUMBERS),
            "functionName": document(tree(function="pray"), NUMBERS),
            "dataType": schema('dataType="double"', 'dataType="pray"'),
            "optype": schema('optype="continuous"', 'optype="pray"'),
            "closure": value('<Interval closure="pray"/>'),
            "property": value('<Value value="1" property="pray"/>'),
            "usageType": schema('usageType="active"', 'usageType="pray"'),
            "invalidValueTreatment": schema('usageType="active"', 'invalidValueTreatment="pray"'),
            "missingValueTreatment": schema('usageType="active"', 'missingValueTreatment="pray"'),
            "outliers": schema('usageType="active"', 'outliers="pray"'),
            "multipleModelMethod": document(mining(segment(tree()), "pray"), NUMBERS),
            "castInteger": schema(
                "</MiningSchema>", '</MiningSchema><Targets><Target field="y" castInteger="pray"/></Targets>'
            ),
            "booleanOperator": asked('<CompoundPredicate booleanOperator="pray"><True/></CompoundPredicate>'),
        }.items()
    },
    "feature=pray": (
        output('<OutputField name="o" feature="pray"/>'),
        "feature='pray' is not supported.*OutputField, line 3",
    ),
    # What does not fit together.
    "five of two": (is_in('<Array n="5">u v</Array>'), "n=5, but there are 2 entries .*Array, line 3"),
    "a level that is none": (
        ask("lessThan", 'value="w"', "c"),
        "'w' is not among the ordered values of field 'c' .*line 3",
    ),
    "votes over numbers": (
        document(mining(segment(tree()), "majorityVote"), NUMBERS),
        "is for classes.*Segmentation, line 3",
    ),
    "a sum of classes": (
        document(
            mining(segment(tree('<Node score="a"><True/></Node>', "", "classification")), "sum", "classification"),
            CLASSES,
        ),
        "is for numbers.*Segmentation, line 3",
    ),
    "two arguments for one": (
        with_functions(function("f", field("a")), apply("f", field("x"), field("x"))),
        "f takes 1 arguments, there are 2 .*Apply, line 2",
    ),
    "a sum of nothing": (computed(derived(apply("+"))), r"\+ takes 2 arguments, there are 0 .*Apply, line 3"),
    "classes of one": (
        regression('<RegressionTable intercept="1" targetCategory="a"/>', CLASSES, "classification"),
        "a RegressionTable for each class, there are 1 .*RegressionModel, line 3",
    ),
    "a line of one point": (
        computed(derived('<NormContinuous field="x"><LinearNorm orig="1" norm="1"/></NormContinuous>')),
        "two LinearNorm or more.*NormContinuous, line 3",
    ),
    "a stranger in a node": (asked("<True/><Banana/>"), "no child 'Banana' .*Node/Node, line 3"),
    "a regression in a node": (
        document(tree('<Node score="1"><True/><Regression functionName="regression"/></Node>'), NUMBERS),
        "a Regression embedded in a Node is not supported .*Node, line 3",
    ),
    "a table elsewhere": (
        computed(derived(f'<MapValues outputColumn="o">{PAIR}<TableLocator/></MapValues>')),
        "outside the document is not supported .*TableLocator, line 3",
    ),
    # Patterns.
    "a pattern that is none": (
        computed(derived(apply("if", apply("matches", field("c"), "<Constant>(a+</Constant>"), field("x")))),
        "pattern .* line 3",
    ),
    "a pattern of 5,000 groups": (
        computed(
            derived(
                apply(
                    "if", apply("matches", field("c"), f"<Constant>{deep('(', 'a', ')', 5_000)}</Constant>"), field("x")
                )
            )
        ),
        "pattern .* nested deeper.* line 3",
    ),
    "a pattern that never ends": (
        computed(
            derived(apply("if", apply("matches", field("c"), "<Constant>((a{999}){999}){999}</Constant>"), field("x")))
        ),
        "pattern .* line 3",
    ),
    # Verification.
    "an answer that is another": (
        schema(
            "</TreeModel>",
            "<ModelVerification><VerificationFields><VerificationField field='y'/></VerificationFields>"
            "<InlineTable><row><y>1</y></row><row><y>2</y></row></InlineTable></ModelVerification></TreeModel>",
        ),
        "verification failed: row 1, field 'y': got 1.0, expected '2' .*ModelVerification, line 3",
    ),
}
"""By name: the document, and a pattern of what is said."""
