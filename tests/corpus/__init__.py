"""Real Markdown which no one here wrote: the CommonMark specification, and the READMEs of what is installed."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

CORPUS = Path(__file__).parent


@cache
def documents() -> list[tuple[str, str]]:
    """Names and texts, more than half a megabyte of them."""
    found: dict[str, str] = {}
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if name == "elumenta-tui":
            continue
        description = distribution.metadata.get_payload()  # type: ignore[attr-defined]
        if isinstance(description, str) and description.strip():
            found[f"{name}/METADATA"] = description
        for file in distribution.files or []:
            if file.suffix == ".md":
                found[f"{name}/{file}"] = Path(str(file.locate())).read_text(encoding="utf-8")
    for path in sorted(set(CORPUS.glob("*.md")) - {CORPUS / "README.md"}):
        found[path.name] = path.read_text(encoding="utf-8")
    examples = json.loads((CORPUS / "commonmark.json").read_text(encoding="utf-8"))
    found["examples"] = "\n\n".join(example["markdown"] for example in examples)
    return sorted((name, cleaned(text)) for name, text in found.items())


def cleaned(text: str) -> str:
    """Sanitize a text as the program does before laying it out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in lines
        if character in "\n\t" or character.isprintable() or character == "\xa0"
    )
