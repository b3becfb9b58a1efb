"""Languages of source files by their names, as fences state them."""

from __future__ import annotations

_BY_ENDING = {
    "py": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "jsx",
    "ts": "typescript", "tsx": "tsx", "sh": "bash", "bash": "bash", "zsh": "zsh", "fish": "fish", "ps1": "powershell",
    "bat": "batch", "c": "c", "h": "c", "cpp": "cpp", "cc": "cpp", "cxx": "cpp", "hpp": "cpp", "cs": "csharp",
    "fs": "fsharp", "java": "java", "kt": "kotlin", "kts": "kotlin", "swift": "swift", "go": "go", "rs": "rust",
    "rb": "ruby", "php": "php", "pl": "perl", "lua": "lua", "r": "r", "jl": "julia", "hs": "haskell", "ex": "elixir",
    "exs": "elixir", "erl": "erlang", "scala": "scala", "clj": "clojure", "ml": "ocaml", "dart": "dart", "zig": "zig",
    "sql": "sql", "html": "html", "htm": "html", "xml": "xml", "svg": "xml", "css": "css", "scss": "scss",
    "json": "json", "jsonl": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml", "ini": "ini", "cfg": "ini",
    "conf": "nginx", "csv": "csv", "tsv": "tsv", "md": "markdown", "markdown": "markdown", "tex": "latex",
    "diff": "diff", "patch": "diff", "mk": "makefile", "cmake": "cmake", "proto": "proto", "graphql": "graphql",
    "tf": "terraform", "hcl": "hcl", "vim": "vim", "nix": "nix", "bsl": "bsl", "rst": "rst", "vue": "vue",
}  # fmt: skip

_BY_NAME = {
    "dockerfile": "dockerfile",
    "makefile": "makefile",
    "gnumakefile": "makefile",
    "cmakelists.txt": "cmake",
    "jenkinsfile": "groovy",
    ".bashrc": "bash",
    ".zshrc": "zsh",
    ".gitconfig": "ini",
    ".editorconfig": "ini",
}

_BY_SHEBANG = {"python": "python", "bash": "bash", "sh": "bash", "zsh": "zsh", "node": "javascript", "perl": "perl", "ruby": "ruby"}  # fmt: skip


def language_of(name: str, text: str = "") -> str:
    """Return the language of a file by its name, or else by its first line; empty if neither tells."""
    low = name.lower()
    if low in _BY_NAME:
        return _BY_NAME[low]
    stem, _, ending = low.rpartition(".")
    if stem and ending in _BY_ENDING:
        return _BY_ENDING[ending]
    if not text.startswith("#!"):
        return ""
    command = text[2:200].partition("\n")[0].replace("/", " ").split()
    called = next(
        (word.rstrip("0123456789.") for word in command if word.rstrip("0123456789.") in _BY_SHEBANG), ""
    )
    return _BY_SHEBANG.get(called, "")
