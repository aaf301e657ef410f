"""Damaged artefacts are noticed before use, and the command that remakes them is named."""

import pytest

from tests.unit.bad_input.world import PATHS, one_line, read, remade

# What reads an artefact: a sub-command, or one with another method or member.
READERS = {
    "train": [
        "gradients",
        "embed",
        "map",
        "esm",
        "logme",
        "joint",
        "bandit",
        "mixing",
        "statistics",
        "table",
        "stability",
        "advise",
        "export",
    ],
    "dev": ["joint", "export"],
    "importance": ["correlate", "correlate-shuffled", "instances", "heatmap npy"],
    "its record": ["correlate", "instances", "costs", "stability"],
    "gradients": ["instances", "correlate"],
    "correlation": ["select", "tune", "heatmap", "affinity", "chosen-sets"],
    "correlation's record": ["costs"],  # who reads the matrix can do without
    "shuffled": ["select null-trial-1"],
    "embedding": ["select textsim-trial"],
    "embedded": ["map", "esm"],
    "map": ["esm"],
    "esm": ["select esm-trial"],
    "logme": ["select logme-trial"],
    "intervals": ["heatmap", "advise"],
    "instances": ["select gradts-fg", "joint filtered"],
    "statistics": ["select heu-size", "fact-table"],
    "facts": ["statistics", "regret"],
    "metrics": ["select", "tune", "stability", "advise", "export", "truth"],
    "run": ["costs", "stability", "advise", "export", "truth"],
    "predictions": ["advise", "export", "select gradts-trial-one-se"],
    "answer": ["select gradts-fg", "table", "chosen-sets", "costs", "stability", "advise", "regret"],
    "threshold": ["select gradts-thres"],
    "bandit": ["select autosem-p1"],
    "mixing": ["select autosem"],
    "costs": ["cost-table"],
    "truth": ["regret", "affinity"],
    "regret": ["regret-figure"],
}
READ = [(kind, reader) for kind, readers in READERS.items() for reader in readers]

# The fixture has shown that these read what is whole.
TRAINING = ("gradients", "map", "logme", "joint", "bandit", "mixing")


@pytest.mark.parametrize("reader", sorted({reader for _, reader in READ}.difference(TRAINING)))
def test_what_is_whole_is_read(copy, reader):
    assert read(copy, reader) == 0


@pytest.mark.parametrize(("kind", "reader"), READ)
@pytest.mark.parametrize("damage", ["removed", "emptied", "cut in half", "zeros"])
def test_damaged_artefacts(copy, capsys, kind, reader, damage):
    path = copy.results / PATHS[kind]
    whole = path.read_bytes()
    path.unlink()
    if damage != "removed":
        size = len(whole)
        path.write_bytes({"emptied": b"", "cut in half": whole[: size // 2], "zeros": bytes(size)}[damage])
    assert read(copy, reader) == 1
    one_line(capsys, reader.split()[0], f"{path} … {remade(kind, copy)}")


@pytest.mark.parametrize(("kind", "reader"), [one for one in READ if PATHS[one[0]].endswith(".json")])
@pytest.mark.parametrize("text", ["{}", "[]", '"text"', '{"spec": 1}'])
def test_json_of_another_kind(copy, capsys, kind, reader, text):
    path = copy.results / PATHS[kind]
    path.write_text(text)
    assert read(copy, reader) == 1
    one_line(capsys, reader.split()[0], f"{path.with_suffix('')}. … remake it with: snakemake")


@pytest.mark.parametrize(
    "kind",
    [kind for kind in READERS if PATHS[kind].endswith(".csv") and kind not in ("metrics", "intervals")],
)
@pytest.mark.parametrize("reader", [0, -1])
def test_tables_without_their_last_row(copy, capsys, kind, reader):
    path, command = copy.results / PATHS[kind], READERS[kind][reader]
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert read(copy, command) == 1
    one_line(capsys, command.split()[0], f"{path} has … rows, its record says … {remade(kind, copy)}")


@pytest.mark.parametrize("reader", READERS["correlation"])
@pytest.mark.parametrize("text", ["", '{"rows": 2', "{}", "[]", '"text"', '{"spec": 1}'])
def test_a_correlations_damaged_record(copy, capsys, reader, text):
    path = copy.results / PATHS["correlation's record"]
    path.write_text(text)
    assert read(copy, reader) == 1
    one_line(capsys, reader, f"{path.with_suffix('')}. … remake it with: snakemake")


@pytest.mark.parametrize("reader", READERS["correlation"])
def test_a_correlation_without_a_record_is_read(copy, reader):
    (copy.results / PATHS["correlation's record"]).unlink()
    assert read(copy, reader) == 0
