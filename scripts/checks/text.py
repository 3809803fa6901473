"""Rules on any text file, and on scripts."""

import ast
import os
import re
import subprocess

from .tree import Finding, Tree, rule

# Put together from parts, so that this file obeys its own rules.
MARKS = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
MACHINE_PATHS = re.compile(r"(?<![\w./~)-])/(?:" + "|".join(["work", "root", "home/(?!runner\\b)\\w+", "Users", "opt/swift"]) + r")(?:/|\b)")
REGISTRIES = re.compile(r"\b(?:pypi\.org|files\.pythonhosted\.org|deb\.debian\.org|registry\.npmjs\.org|crates\.io)\b")


def occurrences(tree: Tree, pattern: re.Pattern, message: str):
    for path, text in tree.files.items():
        if path == "scripts/checks/text.py":
            continue
        for match in pattern.finditer(text):
            yield Finding(path, text.count("\n", 0, match.start()) + 1, f"'{match[0]}': {message}")


@rule(
    "unfinished",
    bad=[{"Sources/JSON/A.swift": "// TO" + "DO later"}, {"docs/a.md": "FIX" + "ME"}],
    good=[{"docs/a.md": "a list of todos"}],
)
def unfinished(tree: Tree):
    """Work that is left belongs into an issue, where it is seen."""
    yield from occurrences(tree, MARKS, "finish it, or file an issue")


@rule(
    "machine-path",
    bad=[{"scripts/a": "cd /wo" + "rk/main"}, {"docs/a.md": "see /ro" + "ot/notes"}],
    good=[{"docs/a.md": "docs/work/a ~/root .build/work /workers https://example.org/root/"}],
)
def machine_path(tree: Tree):
    """The repository stands alone: it works in any folder, for any user."""
    yield from occurrences(tree, MACHINE_PATHS, "a path of one machine")


@rule(
    "registry-host",
    bad=[{"scripts/setup": "pip install --index-url https://py" + "pi.org/simple x"}],
    good=[{"scripts/setup": "pip install x"}],
)
def registry_host(tree: Tree):
    """Packages come by name through whatever registry or mirror the user's tools are set up with."""
    yield from occurrences(tree, REGISTRIES, "name packages, not the host they come from")


@rule(
    "shell-syntax",
    bad=[{"scripts/a": "#!/usr/bin/env bash\nif true; then"}, {"deployments/a/a.sh": "case x in"}],
    good=[{"scripts/a": "#!/usr/bin/env bash\ntrue"}],
)
def shell_syntax(tree: Tree):
    """A script with a syntax error fails at its user's, half-way through."""
    for path, text in tree.scripts_for("sh", ".sh"):
        outcome = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
        if outcome.returncode != 0:
            line = re.search(r"line (\d+)", outcome.stderr)
            yield Finding(path, int(line[1]) if line else 1, outcome.stderr.strip().splitlines()[0])


@rule(
    "python-syntax",
    bad=[{"scripts/a.py": "def a(:\n"}, {"scripts/b": "#!/usr/bin/env python3\nfor\n"}],
    good=[{"scripts/a.py": "print(1)\n"}],
)
def python_syntax(tree: Tree):
    """As for shell scripts."""
    for path, text in tree.scripts_for("python", ".py"):
        try:
            ast.parse(text, path)
        except SyntaxError as error:
            yield Finding(path, error.lineno or 1, error.msg)


@rule(
    "executable-bit",
    bad=[{"scripts/a": "#!/usr/bin/env bash\n"}],
    good=[{"scripts/a.py": "print(1)\n"}],
)
def executable_bit(tree: Tree):
    """A file that names its interpreter is meant to be called."""
    with tree.on_disk() as root:
        for path, text in tree.files.items():
            if text.startswith("#!") and not os.access(root / path, os.X_OK):
                yield Finding(path, 1, "has a '#!' line and no executable bit: chmod +x")
