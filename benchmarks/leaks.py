"""What of the selection splits of real data is trained on, and how far they keep the shares of the classes.

snakemake --cores 1 --configfile config/paper.yaml --config data_root=DIR results_dir=R -- \
    R/statistics/all14.csv
python benchmarks/leaks.py R/data
"""

import sys
from pathlib import Path

import pandas as pd

from gradts.artifacts import read_table
from gradts.data.drawing import keys
from gradts.layout import SPLITS, inside

WORDS = 6  # shorter ones are said by chance


def main(data: str) -> None:
    prepared = {
        place.name: {name: read_table(inside(place, name))[0].to_pandas() for name in SPLITS}
        for place in sorted(Path(data).iterdir())
    }
    long = {}
    for task, splits in prepared.items():
        texts = {name: pd.Series(keys(frame)) for name, frame in splits.items()}
        long[task] = {name: text[text.str.split().str.len() >= WORDS] for name, text in texts.items()}
    rows = {}
    for task, splits in prepared.items():
        select, train = splits["select"], splits["train"]
        everything, off = pd.concat([train, select])["label"], ""
        if everything.dtype == "int64":
            shares = [labels.value_counts(normalize=True) for labels in (select["label"], everything)]
            off = f"{100 * shares[0].sub(shares[1], fill_value=0).abs().max():.1f}"
        rows[task] = {
            "rows": len(everything),
            "select": f"{len(select) / len(everything):.1%}",
            "class off by": off,
        }
        for name in ("select", "dev"):
            of = {other: long[task][name].isin(splits["train"]).mean() for other, splits in long.items()}
            rows[task][f"{name} in own train"] = f"{of.pop(task):.1%}"
            nearest = max(of, key=of.get)
            rows[task][f"{name} in another's"] = f"{of[nearest]:.1%} {nearest}" if of[nearest] else "0.0%"
    print(pd.DataFrame.from_dict(rows, orient="index").to_markdown(disable_numparse=True))


if __name__ == "__main__":
    main(sys.argv[1])
