"""Which files stand behind what a registry names, and their bytes as text.

The workflow reads this, too, to know of every file that changed: no pandas.
"""

import codecs
import glob
import gzip
import json
import os
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gradts.names import InputError, shortened

# That of UTF-16 begins that of UTF-32.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def tell(place: str, guess: str) -> None:
    """What was guessed of a file goes to the log of `prepare`."""
    print(f"{place}: {guess}", file=sys.stderr)


def kind_of(path: str) -> str:
    """The suffix that tells how a file is read, `.gz` aside, in lower case; empty where there is none."""
    path = path.partition("?")[0] if is_address(path) else path
    return Path(path.lower().removesuffix(".gz")).suffix


def is_address(path: str) -> bool:
    """Whether a path is that of a server."""
    return "://" in path


def local_files(origin: Mapping[str, Any], splits: Iterable[str]) -> list[str]:
    """Every local file that these splits of an origin are read from; InputError as `files_behind`."""
    if "files" in origin:
        found = [path for split in splits for path in files_behind(origin["files"][split])]
        return sorted({path for path in found if not is_address(path)})
    if os.path.isdir(origin.get("hub", "")):  # a folder in the hub's layout
        paths = glob.glob(f"{glob.escape(origin['hub'])}/**", recursive=True)  # hidden ones aside
        return sorted(filter(os.path.isfile, paths))
    return []


def files_behind(given: str | list[str]) -> list[str]:
    """The files that a path, a pattern, a folder, or a list of these stands for, in the order of their rows.

    Patterns and folders are sorted by name. Raises InputError where there is none, one is there twice, or
    a folder holds files of several kinds.
    """
    given = [given] if isinstance(given, str) else given
    found = [path for one in given for path in _files(one)]
    twice = [path for path, times in Counter(map(os.path.realpath, found)).items() if times > 1]
    if twice:
        raise InputError(f"{', '.join(given)}: {twice[0]} is there twice; name each file once")
    return found


def _files(given: str) -> list[str]:
    if os.path.isdir(given):
        return _shards(Path(given))
    if glob.has_magic(given) and not is_address(given) and not os.path.exists(given):
        found = sorted(filter(os.path.isfile, glob.glob(given, recursive=True)))
        if not found:
            raise InputError(f"{given}: no file has a name of this pattern; mend it in the registry")
        return found
    return [given]


def _shards(folder: Path) -> list[str]:
    """The files of a folder, or those that `datasets.save_to_disk` lists in it."""
    try:
        if (folder / "dataset_dict.json").exists():
            names = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
            raise InputError(
                f"{folder} holds the splits {', '.join(names)}; name one, as {folder / names[0]}"
            )
        if (folder / "state.json").exists():
            saved = json.loads((folder / "state.json").read_text(encoding="utf-8"))["_data_files"]
            return [str(folder / file["filename"]) for file in saved]
    except (OSError, LookupError, TypeError, json.JSONDecodeError) as error:
        raise InputError(f"{folder}: its state is damaged ({error}); save the data set again") from error
    inside = sorted(path for path in folder.iterdir() if path.name[0] not in "._" and path.suffix != ".md")
    kinds = sorted({f"{path.name}/" if path.is_dir() else kind_of(str(path)) or path.name for path in inside})
    if len(kinds) != 1 or kinds[0].endswith("/"):
        raise InputError(
            f"{folder}: a folder of files of one kind is needed, it holds {', '.join(kinds) or 'none'}; name "
            f"those meant by a pattern such as {folder / '*.csv'}"
        )
    return [str(path) for path in inside]


def read_bytes(path: str) -> bytes:
    """A file's bytes, unpacked where gzip has packed them; InputError where it is missing or damaged."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}; mend its path or its permissions"
        ) from error
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} is damaged or cut off ({error}); fetch it again") from error


def read_text(path: str, encoding: str | None = None) -> str:
    """A file's text: in the encoding of its byte order mark, or else in this one, or else in UTF-8.

    Raises InputError naming the line of the first byte that is none.
    """
    data = read_bytes(path)
    marked = next((name for mark, name in BYTE_ORDER_MARKS.items() if data.startswith(mark)), None)
    if marked is not None and marked != "utf-8-sig":
        tell(path, f"read as {marked}, as its first bytes say")
    encoding = marked or encoding or "utf-8"
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except LookupError as error:
        raise InputError(f"{path}: {error}; mend encoding: in the registry, such as cp1252") from error
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        line = data.count(b"\n", 0, start) + 1
        raise InputError(
            f"{path} line {line}: byte {data[start]:#04x} is not of {encoding}; name the file's "
            "encoding in the registry, such as encoding: cp1252"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(
            f"{path} line {line}: a zero byte, so this is no text in {encoding}; name its encoding "
            "in the registry, such as encoding: utf-16-le, or give the file its right suffix"
        )
    if not text.strip():
        raise InputError(f"{path} is empty ({shortened(text)}); give a file with rows")
    return text
