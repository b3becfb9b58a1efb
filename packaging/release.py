"""What a release needs, out of the changelog and the source distribution: see packaging/README.md."""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEMPLATES = ("elumenta-tui.rb", "PKGBUILD", "package.nix")


class NotReady(Exception):
    """The release can't be made; the text says why."""


def version() -> str:
    """Return the version of the source."""
    source = (ROOT / "elumenta_tui" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    if found is None:
        raise NotReady("elumenta_tui/__init__.py names no version")
    return found[1]


def notes(of: str) -> str:
    """Return the part of the changelog that is about a version."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## \[{re.escape(of)}\].*?\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        raise NotReady(f"CHANGELOG.md says nothing of {of}")
    return found[1].strip()


def check(tag: str) -> None:
    """Raise NotReady unless tag, source and changelog name the same version."""
    if tag != f"v{version()}":
        raise NotReady(f"the tag is {tag}, the source is {version()}")
    notes(version())


def fill(archive: Path, directory: Path) -> list[Path]:
    """Fill the templates for the packages of a source distribution; return what was written."""
    found = re.fullmatch(r"elumenta_tui-(.+)\.tar\.gz", archive.name)
    if found is None:
        raise NotReady(f"{archive.name} is no source distribution")
    values = {
        "VERSION": found[1],
        "SHA256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "URL": f"https://files.pythonhosted.org/packages/source/e/elumenta-tui/{archive.name}",
    }
    written = []
    for name in TEMPLATES:
        text = (ROOT / "packaging" / f"{name}.in").read_text(encoding="utf-8")
        path = directory / name
        path.write_text(re.sub(r"@([A-Z0-9]+)@", lambda match: values[match[1]], text), encoding="utf-8")
        written.append(path)
    return written


def main() -> int:
    """Do what the command line says; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in "check", "notes":
        verbs.add_parser(name).add_argument("tag")
    filling = verbs.add_parser("fill")
    filling.add_argument("archive", type=Path)
    filling.add_argument("directory", type=Path)
    arguments = parser.parse_args()
    try:
        match arguments.verb:
            case "check":
                check(arguments.tag)
            case "notes":
                sys.stdout.write(f"{notes(arguments.tag.removeprefix('v'))}\n")
            case _:
                fill(arguments.archive, arguments.directory)
    except NotReady as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
