"""Reads the Markdown that reports are made of."""


def tables(markdown: str) -> list[dict[str, dict[str, str]]]:
    """The tables of a Markdown text: row → column → text."""
    found = []
    for block in markdown.split("\n\n"):
        if block.startswith("|"):
            lines = ([cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines())
            (_, *head), _, *rows = lines
            found.append({name: dict(zip(head, cells, strict=True)) for name, *cells in rows})
    return found
