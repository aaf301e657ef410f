"""Tag schemes: detected from labels, scored strictly, and checked in the data."""

import random
from pathlib import Path

import pandas as pd
import pytest
import seqeval.metrics
import seqeval.scheme
import yaml

from gradts.config import resolve
from gradts.data.rows import check_rows, our_columns
from gradts.data.schemes import LETTERS, Tags, scheme_of
from gradts.data.sources import Raw
from gradts.names import InputError
from gradts.specs import Task
from gradts.training.metrics import NO_WORD, score
from tests.conftest import source_of


def labels_of(letters: str, kinds: str = "XY") -> list[str]:
    return ["O", *(f"{letter}-{kind}" for kind in kinds for letter in letters)]


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        (labels_of("BI"), "IOB2"),
        (["O", "B-X", "I-X", "B-Y"], "IOB2"),
        (["B", "I", "O"], "IOB2"),
        (["O", "B-X", "I-X", "I-Y"], "IOB1"),
        (labels_of("I"), "IOB1"),
        (labels_of("BIES"), "IOBES"),
        (labels_of("BMES"), "IOBES"),
        (["B", "M", "E", "S"], "IOBES"),
        (["O", "S-X", "B-Y", "E-Y"], "IOBES"),
        (labels_of("BILU"), "BILOU"),
        (["O", "U-X", "B-Y", "L-Y"], "BILOU"),
        (["O", "PER", "ORG"], None),
        (["O", "B-PER", "ORG"], None),
        (["NOUN", "VERB", "X"], None),
        (labels_of("IE"), None),
        (["O", "PER-B", "PER-I"], None),
        (["O"], None),
    ],
)
def test_schemes_show_in_labels(labels, scheme):
    assert scheme_of(labels) == scheme


def by_loop(tags: list[str], scheme: str) -> set[tuple[int, int, str]]:
    """Spans of a sentence, one word after the other, as the schemes are defined."""
    found, start = set(), None
    for at, tag in enumerate([*tags, "O"]):
        letter, kind = tag[0], tag[2:]
        last, last_kind = (tags[at - 1][0], tags[at - 1][2:]) if at else ("O", "")
        goes_on = start is not None and letter in "IMEL" and kind == last_kind and last in "BIM"
        if scheme == "IOB1":
            goes_on = start is not None and letter == "I" and kind == last_kind
        if start is not None and not goes_on:
            if scheme in ("IOB1", "IOB2") or last in "ESLU":
                found.add((start, at, last_kind))
            start = None
        begins = letter in "BSU"
        if scheme == "IOB1":
            begins = letter in "BI" and not goes_on
        start = at if begins else start
    return found


EXAMPLES = {
    "IOB1": "I-X I-X B-X O I-Y I-X",
    "IOB2": "B-X I-X B-X O B-Y B-X",
    "IOBES": "B-X E-X S-X O S-Y S-X",
    "BILOU": "B-X L-X U-X O U-Y U-X",
}


@pytest.mark.parametrize("scheme", EXAMPLES)
def test_the_same_spans_in_every_scheme(scheme):
    tags, labels = EXAMPLES[scheme].split(), labels_of(LETTERS[scheme])
    task = Task("t", "sequence_labelling", labels, ["span_f1"], "span_f1", scheme)
    ids = [labels.index(tag) for tag in tags]
    spans = Tags([ids], labels, scheme).spans.tolist()
    assert [(start, end) for start, end, _ in spans] == [(0, 2), (2, 3), (4, 5), (5, 6)]
    assert by_loop(tags, scheme) == {(0, 2, "X"), (2, 3, "X"), (4, 5, "Y"), (5, 6, "X")}
    assert score(task, "span_f1", [ids, []], [ids, []]) == 1
    # A model that finds no Y: 3 of 4 found, all right.
    without = [0 if tag.endswith("Y") else labels.index(tag) for tag in tags]
    assert score(task, "span_f1", [ids], [without]) == pytest.approx(2 * 3 / 7)
    # Words that the model never saw are in no span.
    assert score(task, "span_f1", [ids], [[NO_WORD] * 6]) == 0


def test_without_any_span():
    task = Task("t", "sequence_labelling", labels_of("BI"), ["span_f1"], "span_f1")
    assert score(task, "span_f1", [[0, 0]], [[0, 0]]) == 0
    assert score(task, "span_f1", [], []) == 0


def random_rows(labels: list[str], draw: random.Random) -> tuple[list[list[int]], list[list[int]]]:
    gold = [[draw.randrange(len(labels)) for _ in range(length)] for length in (0, 6, 1, 4)]
    found = [[draw.choice([label, draw.randrange(len(labels))]) for label in row] for row in gold]
    return gold, found


@pytest.mark.parametrize("scheme", LETTERS)
def test_scores_are_those_of_seqeval_in_strict_mode(scheme):
    labels = labels_of(LETTERS[scheme].replace("M", ""))
    task = Task("t", "sequence_labelling", labels, ["span_f1"], "span_f1", scheme)
    draw = random.Random(0)
    for _ in range(300):
        rows = random_rows(labels, draw)
        spelled = [[[labels[i] for i in row] for row in side] for side in rows]
        kind = getattr(seqeval.scheme, scheme)
        wanted = seqeval.metrics.f1_score(*spelled, mode="strict", scheme=kind, zero_division=0)
        assert score(task, "span_f1", *rows) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("scheme", ["IOB2", "IOBES", "BILOU"])
def test_spans_are_those_of_a_plain_loop(scheme):
    labels, draw = labels_of(LETTERS[scheme]), random.Random(1)
    for _ in range(300):
        rows, _ = random_rows(labels, draw)
        wanted = set()
        # Sentences of 0, 6, 1 and 4 words, an outside tag between them.
        for row, start in zip(rows, [0, 1, 8, 10], strict=True):
            spans = by_loop([labels[i] for i in row], scheme)
            wanted |= {(start + begin, start + end) for begin, end, _ in spans}
        assert {(begin, end) for begin, end, _ in Tags(rows, labels, scheme).spans.tolist()} == wanted


def rows_of(tags: list[str], labels: list[str], scheme: str | None, lines=None) -> pd.DataFrame:
    frame = pd.DataFrame({"tokens": [["a"], [f"w{i}" for i in range(len(tags))]], "tags": [["O"], tags]})
    source = source_of(
        objective="sequence_labelling", text=["tokens"], label="tags", labels=labels, scheme=scheme
    )
    raw = {"train": Raw("x.conll", frame, lines)}
    return check_rows(our_columns(raw, source), raw, source)[0]["train"]


def test_tags_out_of_order_are_refused():
    iob = labels_of("BI")
    message = r"x\.conll line 9: tag I-X of the word 'w1' belongs to no span, as .* IOB2; set scheme: IOB1"
    with pytest.raises(InputError, match=message):
        rows_of(["O", "I-X", "I-X", "B-X"], iob, "IOB2", lines=[[2], [8, 9, 10, 12]])
    assert len(rows_of(["O", "I-X", "I-X", "B-X"], iob, "IOB1")) == 2
    with pytest.raises(InputError, match=r"row 1: tag B-X .* IOB1; set scheme: IOB2"):
        rows_of(["O", "B-X", "I-X"], iob, "IOB1")
    with pytest.raises(InputError, match=r"row 1: tag I-Y .* mend it, or score metrics: \[token_macro_f1\]"):
        rows_of(["O", "B-X", "I-Y"], [*iob], "IOB2")
    with pytest.raises(InputError, match=r"row 1: tag B-X .* IOBES; mend it"):
        rows_of(["O", "B-X", "O"], labels_of("BIES"), "IOBES")
    assert len(rows_of(["O", "I-X", "I-X"], iob, None)) == 2  # no spans are scored


@pytest.fixture
def entry(tmp_path):
    """The resolved task and source of a registry's entry."""

    def make(**changes):
        lines = "".join(f", {key}: {value}" for key, value in changes.items())
        text = (
            f"mine: {{files: {{train: a, dev: b}}, text: [tokens], objective: sequence_labelling{lines}}}\n"
        )
        (tmp_path / "tasks.yaml").write_text(text)
        values = yaml.safe_load(Path("config/config.yaml").read_text())
        configuration = resolve(values | {"tasks": ["config/tasks/demo.yaml", str(tmp_path / "tasks.yaml")]})
        return configuration.tasks["mine"], configuration.sources["mine"]

    return make


def test_defaults_follow_the_labels(entry):
    task, source = entry(labels="[O, B-X, I-X]")
    assert (task.metrics, task.scheme, source.scheme) == (["span_f1"], "IOB2", "IOB2")
    task, source = entry(labels="[O, B-X, I-X]", scheme="IOB1")
    assert (task.metrics, task.scheme, source.scheme) == (["span_f1"], "IOB1", "IOB1")
    task, source = entry(labels="[NOUN, VERB]")
    assert (task.metrics, task.scheme, source.scheme) == (["token_accuracy"], None, None)
    task, source = entry(labels="[O, B-X]", metrics="[token_macro_f1]")
    assert source.scheme is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": "[O, PER]", "metrics": "[span_f1]"}, r"labels \(O, PER\) .* \[token_macro_f1\]"),
        ({"labels": "[O, B-X, E-X]", "scheme": "IOB2"}, "no tags of scheme IOB2"),
        ({"labels": "[O, PER]", "scheme": "IOB2"}, "no tags of scheme IOB2"),
        ({"labels": "[O, B-X]", "scheme": "IOB2", "metrics": "[token_accuracy]"}, "scheme is for span_f1"),
        ({"labels": "[O, B-X]", "scheme": "IOB"}, "scheme: 'IOB' is not one of"),
    ],
)
def test_schemes_that_labels_are_not_in(entry, changes, message):
    with pytest.raises(InputError, match=message):
        entry(**changes)


def test_scores_say_what_they_lack():
    task = Task("t", "sequence_labelling", ["O", "PER"], ["span_f1"], "span_f1")
    with pytest.raises(InputError, match="score token_macro_f1"):
        score(task, "span_f1", [[1]], [[1]])
