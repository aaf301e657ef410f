"""Raw rows of a task from the hub, from local files, or generated."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from gradts.specs import InputError, Source

READERS = {
    ".parquet": pd.read_parquet,
    # A text may well be "None" or "NA": only parquet and json know a missing value.
    ".csv": lambda path: pd.read_csv(path, keep_default_na=False),
    ".tsv": lambda path: pd.read_csv(path, sep="\t", keep_default_na=False),
    ".json": pd.read_json,
    ".jsonl": lambda path: pd.read_json(path, lines=True),
}


def read_source(source: Source) -> dict[str, tuple[str, pd.DataFrame]]:
    """Read every split of a source.

    Returns our split name → (where it came from, for messages; the frame in the source's row order).
    Raises InputError where a split cannot be read.
    """
    origin = source.origin
    if "generated" in origin:
        # Imported here: the grammar's digest is a param of generated tasks only (see code_digest).
        from gradts.data.generated import generate

        frames = generate(source.task, origin["generated"], source.seed)
        return {
            ours: (f"generated task {source.task}, split {theirs}", frames[theirs])
            for ours, theirs in source.splits.items()
        }
    if "files" in origin:
        files = {ours: origin["files"][theirs] for ours, theirs in source.splits.items()}
        return {ours: (path, read_file(path)) for ours, path in files.items()}
    return {
        ours: (f"{origin['hub']} {origin['config'] or ''} {theirs}", _read_hub(origin, theirs))
        for ours, theirs in source.splits.items()
    }


def read_file(path: str) -> pd.DataFrame:
    """Read a local table by its suffix; InputError where it is missing, damaged or of no known kind."""
    reader = READERS.get(Path(path).suffix)
    if reader is None:
        raise InputError(f"{path}: unknown file type; use one of {', '.join(READERS)}")
    try:
        return reader(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"{path} cannot be read, it may be damaged or cut off ({error}); fetch it again"
        ) from error


def _read_hub(origin: dict, split: str) -> pd.DataFrame:
    import datasets

    try:
        return datasets.load_dataset(origin["hub"], origin["config"], split=split).to_pandas()
    except Exception as error:  # the hub client raises many kinds; all mean the same to the user
        raise InputError(
            f"hub data set {origin['hub']} ({origin['config']}), split {split}, cannot be loaded: "
            f"{error}; without the hub, set data_root to a folder of {{task}}/{{split}}.parquet"
        ) from error
