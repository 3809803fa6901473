"""What a rule sees (a tree of files) and what it says (findings)."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .swift_source import SwiftSource


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    message: str


class Tree:
    """The repository's text files by their path: those that git tracks or would track."""

    def __init__(self, files: dict[str, str], root: Path | None = None):
        self.files = files
        self.root = root

    @staticmethod
    def of_repository(root: Path) -> "Tree":
        listing = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True, text=True,
        ).stdout
        files = {}
        for path in sorted(set(filter(None, listing.split("\0")))):
            try:
                files[path] = (root / path).read_text(encoding="utf-8")
            except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
                continue  # binary, or deleted and not yet committed
        return Tree(files, root)

    @cached_property
    def swift(self) -> list[SwiftSource]:
        """Swift written by hand: generated code answers to no rule of style."""
        return [
            SwiftSource(path, text) for path, text in self.files.items()
            if path.endswith(".swift") and not path.endswith(".pb.swift") and path != "Package.swift"
        ]

    @cached_property
    def modules(self) -> dict[str, list[SwiftSource]]:
        found: dict[str, list[SwiftSource]] = {}
        for source in self.swift:
            if source.module:
                found.setdefault(source.module, []).append(source)
        return found

    def ending_with(self, *suffixes: str) -> Iterator[tuple[str, str]]:
        return ((path, text) for path, text in self.files.items() if path.endswith(suffixes))

    def scripts_for(self, interpreter: str, suffix: str) -> Iterator[tuple[str, str]]:
        """Files with the suffix, or whose first line names the interpreter."""
        for path, text in self.files.items():
            first = text.partition("\n")[0]
            if path.endswith(suffix) or (first.startswith("#!") and interpreter in first):
                yield path, text

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """A folder with the tree's files, for rules that are other programs."""
        if self.root is not None:
            yield self.root
            return
        with tempfile.TemporaryDirectory() as folder:
            for path, text in self.files.items():
                target = Path(folder, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            yield Path(folder)


Files = dict[str, str]


@dataclass(frozen=True)
class Rule:
    """One rule: its reason is its function's docstring. The examples are what `--self-test` runs it on."""

    name: str
    judge: Callable[[Tree], Iterator[Finding]]
    bad: list[Files] = field(default_factory=list)
    good: list[Files] = field(default_factory=list)

    @property
    def reason(self) -> str:
        return " ".join((self.judge.__doc__ or "").split())


RULES: list[Rule] = []


def rule(name: str, bad: list[Files], good: list[Files]):
    """Registers a rule with trees that it must object to, and trees that it must leave alone."""

    def register(judge: Callable[[Tree], Iterator[Finding]]):
        RULES.append(Rule(name, judge, bad, good))
        return judge

    return register


class Skipped(Exception):
    """A rule cannot be judged here, for instance since a program is not installed; the message says why."""
