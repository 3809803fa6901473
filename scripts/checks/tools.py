"""Rules that are other programs: swift-format and protoc."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .tree import Finding, Skipped, Tree, rule

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CONFIGURATION = {".swift-format": (REPOSITORY / ".swift-format").read_text()}
MAY_TRAP = re.compile(r"\[(?:NeverForceUnwrap|NeverUseForceTry|NeverUseImplicitlyUnwrappedOptionals)\]")
"""What tests may do, and programs not."""

WIRE = Path("Sources/Wire")


@rule(
    "swift-format",
    bad=[
        {**CONFIGURATION, "Sources/JSON/A.swift": "import Glibc\nimport Dispatch\n"},
        {**CONFIGURATION, "Sources/JSON/A.swift": "let a = b!\n"},
        {**CONFIGURATION, "Sources/JSON/A.swift": "func a() {\n  b()\n}\n"},
        {**CONFIGURATION, "Sources/JSON/A.swift": "// " + "long " * 40 + "\n"},
    ],
    good=[
        {**CONFIGURATION, "Sources/JSON/A.swift": "import Dispatch\nimport Glibc\n\nfunc a() {\n    b()\n}\n"},
        {**CONFIGURATION, "Tests/JSONTests/A.swift": "let a = b!\n"},
    ],
)
def swift_format(tree: Tree):
    """One style for all: 4 spaces, 120 columns, ordered imports, no force unwraps. `make format` applies it."""
    if not shutil.which("swift"):
        raise Skipped("swift is not on the PATH")
    with tree.on_disk() as root:
        paths = [path for path in tree.files if path.endswith(".swift") and not path.endswith(".pb.swift")]
        outcome = subprocess.run(
            ["swift", "format", "lint", "--strict", "--parallel", *paths], cwd=root, capture_output=True, text=True,
        )
    if "unable to invoke subcommand" in outcome.stderr or "unknown command" in outcome.stderr:
        raise Skipped("this toolchain has no swift-format")
    for line in outcome.stderr.splitlines():
        match = re.match(r"(?:.*?/)??((?:Sources|server|agent|Tests)/.*?|Package\.swift):(\d+):\d+: \w+: (.*)", line)
        if match and not (match[1].startswith("Tests/") and MAY_TRAP.search(match[3])):
            yield Finding(match[1], int(match[2]), match[3])
    if outcome.returncode != 0 and not outcome.stderr.strip():
        yield Finding(".swift-format", 1, f"swift-format failed with {outcome.returncode}")


@rule("generated-wire", bad=[], good=[])
def generated_wire(tree: Tree):
    """The committed code of the agent protocol is what its .proto file says. `scripts/generate-wire` makes it."""
    if tree.root is None or not list((tree.root / WIRE).glob("*.proto")):
        return
    plugin = tree.root / ".build/protoc/release/protoc-gen-swift"
    if not shutil.which("protoc") or not plugin.exists():
        raise Skipped("protoc or protoc-gen-swift is missing: 'scripts/setup proto' installs them")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tree.root / "scripts/generate-wire", folder], check=True, capture_output=True)
        generated = {path.name: path.read_text() for path in Path(folder).iterdir()}
    committed = {path.name: path.read_text() for path in (tree.root / WIRE).glob("*.pb.swift")}
    for name in sorted(generated.keys() | committed.keys()):
        if generated.get(name) != committed.get(name):
            yield Finding(str(WIRE / name), 1, "differs from what its .proto file makes: run scripts/generate-wire")
