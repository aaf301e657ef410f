"""Sentences of files with a word a line."""

from collections.abc import Mapping

import pandas as pd

from gradts.names import InputError

SUFFIXES = (".conll", ".conllu", ".txt", ".bio", ".iob")
# ID, FORM, LEMMA, UPOS, XPOS of CoNLL-U.
CONLLU_COLUMNS = {"tokens": 1, "upos": 3, "xpos": 4}


def read_conll(path: str, columns: Mapping[str, int] | None) -> pd.DataFrame:
    """Sentences of a file with a word a line and blank lines between: a list of words a row and column.

    `-DOCSTART-` lines are left out; so are, in CoNLL-U, comments, multiword tokens and empty nodes.
    Raises InputError naming the line that has too few columns.
    """
    universal = path.endswith(".conllu")
    columns = columns or (CONLLU_COLUMNS if universal else None)
    if columns is None:
        raise InputError(f"{path}: name its columns in the registry, such as columns: {{tokens: 0, tags: 3}}")
    sentences: list[list[list[str]]] = [[]]
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            fields = line.rstrip("\n").split("\t") if universal else line.split()
            if not line.strip():
                sentences.append([])
            elif line.startswith("-DOCSTART-") or (universal and not fields[0].isdigit()):
                continue
            elif len(fields) <= max(columns.values()):
                raise InputError(
                    f"{path} line {number}: {len(fields)} columns, but column {max(columns.values())} "
                    "(counted from 0) is read; mend the line or the registry's columns"
                )
            else:
                sentences[-1].append(fields)
    rows = [words for words in sentences if words]
    return pd.DataFrame(
        {name: [[word[position] for word in words] for words in rows] for name, position in columns.items()}
    )
