"""Advice from a results folder written by hand, against values computed by hand or by another way."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from matplotlib.colors import to_hex

from gradts.artifacts import read_json, read_table, write_json, write_table
from gradts.layout import below
from gradts.reporting import advice_page, figures
from gradts.reporting.advice import sentence
from gradts.specs import Task
from tests.unit.by_hand import (
    put_answer,
    put_answers,
    put_correlation,
    put_splits,
)
from tests.unit.reporting.advising import (
    LABELS,
    PLACE,
    SPEC,
    TAU,
    made,
)
from tests.unit.reporting.markdown import tables

# ------------------------------------------------------------------------------------------- the answer


@pytest.mark.parametrize(
    ("shares", "members", "text"),
    [
        ({}, "p", "Train `p` alone."),
        ({"a": 0.0}, "p", "Train `p` alone."),
        ({"a": 1.0}, "a+p", "Train `p` together with `a`."),
        (
            {"a": 1.0, "b": 0.6},
            "a+b@p-keep0.6+p",
            "Train `p` together with `a` and the best 60 % of `b`.",
        ),
        (
            {"a": 0.004, "b": 1.0, "z": 0.996},
            "a@p-0.42+b+p+z@p--0.1",
            "Train `p` together with the best 0.4 % of `a`, `b` and the best 99.6 % of `z`.",
        ),
        ({"a": 1.5}, "a@p-ratio1.2+p", "Train `p` together with 150 % of `a` in an epoch."),
    ],
)
def test_the_answer_in_a_sentence(shares, members, text):
    assert sentence("p", {"auxiliaries": shares, "members": members.split("+")}) == text


# ---------------------------------------------------------------------------------------------- the whole


@pytest.mark.parametrize(
    ("chosen", "row", "line"),
    [
        ({}, True, "The same runs: what GradTS-fg chose is `p` alone."),
        ({"b": 1.0}, False, "GradTS-fg chose the same."),
    ],
)
def test_the_second_methods_choice_has_its_line(finished, chosen, row, line):
    put_answer(finished, "gradts-fg", "p", chosen, candidates=["a", "b", "c"], reads=[])
    text, record = made(finished, beside="gradts-fg")
    assert ("| what GradTS-fg chose" in text) == row
    assert f"- {line}\n" in text
    assert [one["row"] for one in record["scores"]][:3] == ["alone", "chosen", "beside" if row else "all"]


def test_the_page_says_all_in_order(finished):
    text, record = made(finished)
    assert re.findall("^#+ (.+)$", text, re.MULTILINE) == [
        "Advice for `p`",
        "What it brings",
        "The ranking by GradTS-trial",
        "What it cost",
        "The model",
    ]
    assert text.split("\n\n")[1] == "**Train `p` together with `b`.**"
    assert "![The ranking, and the scores](p.png)" in text
    scores, ranked = tables(text)
    assert [*scores] == [
        "`p` alone",
        "the chosen set",
        "the whole suite of 4 tasks",
        "a random task",
        "`p` alone, 2 passes an epoch",
    ]
    assert scores["the chosen set"]["accuracy"] == "95.00"
    assert scores["the chosen set"]["to alone"] == "+45.00"
    assert scores["the chosen set"]["in instances"] == "+4.5"
    assert scores["`p` alone"]["to alone"] == ""
    assert scores["`p` alone, 2 passes an epoch"]["95 % of it"] == "+0.00 to +0.00"
    found = record["scores"][1]["difference"]
    assert found["low"] > 0  # but ten rows are few for the test
    assert scores["the chosen set"]["p"] == f"{found['p']:.4f}" > "0.05"
    assert "cannot tell them apart: the chosen set and `p` alone (+45.00 points, +4.5 of 10 inst" in text
    assert "- This data cannot tell them apart: `p` alone, 2 passes an epoch and `p` alone (+0.00" in text
    assert [row["candidate"] for row in ranked.values()] == ["`b`", "`c`", "`a`"]
    assert [row["with it and all above"] for row in ranked.values()] == ["80.00", "75.00", "not tried"]
    assert [row["chosen"] for row in ranked.values()] == ["100 %", "", ""]
    assert "alone: 70.00." in text
    assert "The next candidate, `c`, was tried." in text
    assert (
        "2 random sets were drawn, and their mean is shown; the standard deviation between them is " in text
    )
    folder = f"{finished}/models/tiny/toy/gradts-trial/p"
    assert f"    snakemake --cores 1 {folder}/gradts.json\n" in text
    assert f'pipeline("text-classification", "{folder}", truncation=True)' in text
    assert "Generated" not in text
    assert record["answer"]["members"] == ["b", "p"]
    assert [row["row"] for row in record["scores"]] == ["alone", "chosen", "all", "random", "repeated"]
    assert record["spec"]["primary"]["name"] == "p"
    assert "runs/tiny/p@repeat2/seed2/predictions.parquet" in record["reads"]


@pytest.mark.parametrize(  # of ten rows; alone 5 are right, with the chosen set 9.5
    ("right", "told"),
    [
        (9, "+40.00 points, with the chosen set +45.00.**"),
        (10, "+50.00 points, with the chosen set +45.00: try a longer training first (`training.epochs`).**"),
    ],
)
def test_what_as_many_updates_alone_gain_is_told(finished, right, told):
    answers = LABELS[:right] + [1 - label for label in LABELS[right:]]
    for seed in (1, 2):
        put_answers(finished, ["p@repeat2"], {"p dev": answers}, seed)
    assert f"**Of longer training: in about as many updates `p` alone gains {told}" in made(finished)[0]


def test_equal_results_are_equal_pages_and_pictures(finished):
    def files() -> list[bytes]:
        made(finished)
        return [(finished / f"advice/p{suffix}").read_bytes() for suffix in (".md", ".png", ".svg")]

    assert files() == files()


def test_what_must_be_said_is_said(finished):
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    answer = read_json(path)
    write_json(path, answer | {"caution": "the ranking is chance", "auxiliaries": {"b": 1.0, "c": 0.0}})
    text, _ = made(finished, generated=["a", "p"], seeds=[1])
    assert "**Mind: the ranking is chance.**" in text
    assert "Of `c`, which the trials chose, the threshold keeps no instance." in text
    assert "The next candidate, `a`, was not tried." in text
    assert "**Generated** by this project, so that scores say nothing of natural language: `a`, `p`." in text
    assert "seed 1. Intervals are over instances alone: other seeds are not known." in text
    alone = tables(text)[0]["`p` alone"]
    assert alone.pop("95 % interval")
    assert {*alone.values()} == {"60.00", ""}


def test_scores_on_the_split_that_decides_are_said_to_flatter(finished):
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    answer, said = (
        read_json(path),
        "**Mind: Decisions were made on `dev` too (`decide_on: dev`): its scores flatter.**",
    )
    for split, expected in (("select", False), ("dev", True)):
        write_json(path, answer | {"spec": answer["spec"] | {"decide_on": split}})
        text, record = made(finished)
        assert (said in text) == expected
        assert record["answer"]["decide_on"] == split


def test_trials_by_folds_are_called_means(finished):
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    answer, said = read_json(path), "Scores of the trials are those that decide, in percent"
    assert f"{said}; alone: 70.00." in made(finished)[0]
    write_json(path, answer | {"spec": answer["spec"] | {"decide_on": {"folds": 5}}})
    text, record = made(finished)
    assert f"{said}, means over 5 folds of its rows; alone: 70.00." in text
    assert record["answer"]["decide_on"] == {"folds": 5}


def test_where_nothing_is_decided_the_task_is_trained_alone(finished):
    undecided = {"undecided": "all 2 trials scored the same", "auxiliaries": {}, "members": ["p"]}
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    write_json(path, read_json(path) | undecided)
    text, _ = made(finished)
    assert text.split("\n\n")[1:3] == [
        "**Train `p` alone.**",
        "The evidence decides nothing: all 2 trials scored the same; so no task is recommended.",
    ]
    assert "- The same runs: the chosen set is `p` alone.\n" in text
    assert [*tables(text)[0]] == ["`p` alone", "the chosen set", "the whole suite of 4 tasks"]


@pytest.mark.parametrize(
    ("cap", "capped", "allows"),
    [(3, ["train"], " (as many as `max_train` allows)"), (4, [], ""), (None, [], "")],
)
def test_a_split_that_has_as_many_rows_as_its_cap_is_told(finished, cap, capped, allows):
    put_splits(finished, "p", [0, 1, 1], [1, 0], dev=LABELS)
    table, record = read_table(path := below(finished, "train", task="p"))
    del record["rows"]
    write_table(path, table, record | {"spec": {"task": "p", "max_train": cap, "max_select": 10}})
    text, told = made(finished)
    assert (told["rows"], told["capped"]) == ({"train": 3, "select": 2}, capped)
    assert f"\n\nThe task has 3 train rows{allows} and 2 select rows.\n\n" in text


def test_warnings_of_the_data_are_repeated(finished):
    for split in ("train", "select", "dev"):
        table, record = read_table(path := below(finished, split, task="p"))
        del record["rows"]
        write_table(path, table, record | {"warnings": ["dev has 10 rows"]})
    assert made(finished)[0].endswith("## Warnings of its data\n\n- p: dev has 10 rows\n")


@pytest.mark.parametrize(
    ("objective", "pair", "lines"),
    [
        ("classification", False, 'text-classification {"a text"}'),
        ("classification", True, 'text-classification {{"text": "one text", "text_pair": "another"}}'),
        ("regression", False, 'text-classification {"a text"}'),
        ("multi_label", False, 'text-classification {"a text", top_k=None}'),
        ("sequence_labelling", False, 'token-classification {"a text"}'),
    ],
)
def test_the_lines_that_load_the_model(objective, pair, lines):
    labels = {"regression": [], "sequence_labelling": ["O", "B-X"]}.get(objective, ["no", "yes"])
    metric = {"regression": "pearson", "multi_label": "micro_f1", "sequence_labelling": "span_f1"}
    metric = metric.get(objective, "accuracy")
    spec = replace(SPEC, primary=Task("p", objective, labels, [metric], metric))
    text = "\n".join(advice_page._model(spec, "results/models/x/gradts.json", pair))
    kind, given = lines.split(" ", 1)
    how = 'aggregation_strategy="first"' if objective == "sequence_labelling" else "truncation=True"
    assert f'predict = pipeline("{kind}", "results/models/x", {how})\nprint(predict({given[1:-1]}))' in text


@pytest.fixture
def drawn(monkeypatch) -> Iterator[list]:
    """The figures that are made, instead of closing them."""
    close, made = figures.pyplot.close, []
    monkeypatch.setattr(figures.pyplot, "close", made.append)
    yield made
    for figure in made:
        close(figure)


def test_a_ranking_is_called_by_its_measure(finished, drawn):
    put_correlation(finished, TAU, reads=[], measure="overlap")
    text, record = made(finished)
    assert record["ranking"][0]["overlap"] == 0.6
    first = next(iter(tables(text)[1].values()))
    assert first["overlap of the top heads"] == "0.60"
    assert "τ" not in first
    assert drawn[0].axes[0].get_xlabel() == "overlap of the top heads, 95 % interval; chosen: blue"


def test_the_picture_shows_the_ranking_and_the_scores(finished, drawn):
    _, record = made(finished, generated=["p"])
    ranked, scores = drawn[0].axes
    assert [label.get_text() for label in ranked.get_yticklabels()] == ["b", "c", "a"]
    # An interval is a line before its point; c has none.
    lines = [([*map(float, line.get_xdata())], to_hex(line.get_color())) for line in ranked.lines]
    blue, grey = "#0072b2", "#737373"
    points = [([0.5, 0.7], blue), ([0.6], blue), ([0.4], grey), ([0.1, 0.3], grey), ([0.2], grey)]
    assert lines == points
    means = [line.get_xdata()[0] for line in scores.lines if len(line.get_xdata()) == 1]
    assert means == pytest.approx([100 * row["score"]["mean"] for row in record["scores"]])
    assert drawn[0].get_suptitle() == "Train p together with b. (with generated tasks)"


def test_a_score_that_the_data_can_tell_from_that_alone_is_marked(finished, drawn):
    _, record = made(finished)
    assert drawn[0].get_supxlabel() == ""
    for row, told in zip(record["scores"], [0, 1, -1, 0, 0], strict=True):
        row["difference"]["told"] = told
    advice_page.draw(SPEC, record, [str(finished / "p.svg")])
    names = [label.get_text() for label in drawn[1].axes[1].get_yticklabels()]
    assert names[:4] == ["p alone", "the chosen set ▲", "the whole suite of 4 tasks ▼", "a random task"]
    assert drawn[1].get_supxlabel() == "▲ better, ▼ worse than alone"


def test_a_method_without_a_ranking_is_drawn_by_its_scores(finished, drawn):
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    answer = read_json(path)
    write_json(path, answer | {"reads": answer["reads"][1:]})
    made(finished)
    assert len(drawn[0].axes) == 1
