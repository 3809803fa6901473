"""Rules on which module may import which: the arrows of docs/architecture.md.

Package.swift says what a target depends on, and the table here what it may. Both are wanted: a new arrow is drawn
deliberately, in Package.swift, here and in docs/architecture.md.
"""

import re
from functools import lru_cache

from .tree import Finding, Tree, rule

ARROWS: dict[str, set[str]] = {
    # what both sides share
    "JSON": set(),
    "Templates": {"JSON"},
    "Domain": {"JSON"},
    "Wire": {"Domain", "JSON", "SwiftProtobuf"},
    "ZeroMQ": {"CZeroMQ"},
    "Bundles": {"CSodium", "CZlib"},
    "DeploymentDocument": {"Domain", "JSON", "Yams"},
    "HTTPClient": {"CCurl"},
    "APIClient": {"Domain", "JSON", "HTTPClient"},
    "ObjectStorage": {"HTTPClient", "COpenSSL", "Domain", "JSON"},
    "SluiceCLI": {"APIClient", "Bundles", "DeploymentDocument", "Domain", "JSON", "ArgumentParser"},
    # the server
    "Storage": {"Domain", "JSON"},
    "StorageSQLite": {"Storage", "Domain", "CSQLite", "GRDB"},
    "Secrets": {"CSodium"},
    "Orchestration": {"Storage", "Secrets", "Domain", "JSON", "Bundles", "Templates"},
    "Backups": {"StorageSQLite", "Storage", "Secrets", "Bundles", "Domain", "JSON"},
    "AgentGateway": {"Orchestration", "Wire", "ZeroMQ", "Bundles", "Domain", "JSON", "Logging"},
    "RESTAPI": {
        "Orchestration", "Bundles", "Domain", "JSON", "Hummingbird", "NIOCore", "NIOHTTP1", "NIOWebSocket", "Logging",
        "ServiceLifecycle",
    },
    "Server": {
        "RESTAPI", "AgentGateway", "Orchestration", "Backups", "StorageSQLite", "Storage", "Secrets", "Domain", "JSON",
        "HTTPClient", "ObjectStorage", "ZeroMQ", "ArgumentParser", "Logging", "ServiceLifecycle", "UnixSignals", "NIOCore",
    },
    # the agent
    "Supervision": {"CProcess"},
    "AgentRuntime": {"Wire", "ZeroMQ", "Bundles", "HTTPClient", "ObjectStorage", "Domain", "JSON", "Logging"},
    "Containers": {"HTTPClient", "Domain", "JSON"},
    "Executors": {"AgentRuntime", "Supervision", "Containers", "Wire", "Bundles", "Domain", "JSON", "Logging"},
    "SupervisorFixture": {"Supervision"},
    "Agent": {"AgentRuntime", "Executors", "Supervision", "Containers", "Domain", "JSON", "ArgumentParser", "Logging"},
}

PLATFORM = {"Glibc", "Musl", "Darwin", "Foundation", "FoundationEssentials", "Synchronization", "Dispatch"}
TESTING = {"Testing", "TestSupport"}

WITHOUT_FOUNDATION = {"JSON", "Templates", "Domain", "Wire", "ZeroMQ", "Supervision", "AgentRuntime"}
"""What the agent links, and what is on every hot path, stays small and fast without it."""

FOUNDATION_ALL_THE_SAME = {("Wire", "FoundationEssentials")}  # bytes in protobuf's generated code are its Data

REACHABLE_WITH = {
    "Hummingbird": {"HummingbirdCore", "HTTPTypes", "NIOCore", "NIOHTTPTypes"},
    "NIOCore": {"NIOPosix", "NIOFoundationCompat"},
    "GRDB": {"GRDBSQLite"},
}
"""Modules that belong to a declared product."""

PACKAGE = """
        .shared("JSON"),
        .shared("Domain", ["JSON"]),
        .shared("Wire", ["Domain", .protobuf]),
        .server("Storage", ["Domain", "JSON"]),
        .tests("JSONTests", ["JSON"]),
extension Target.Dependency {
    static var protobuf: Self { .product(name: "SwiftProtobuf", package: "swift-protobuf") }
}
"""


@lru_cache
def declared_arrows(package: str) -> dict[str, set[str]]:
    """What each target of Package.swift depends on, its products by the names of their modules."""
    products = dict(re.findall(r"static var (\w+): Self \{ \.product\(name: \"(\w+)\"", package))
    targets = {}
    for start in re.finditer(r"\.(?:shared|server|agent|program|tests|target)\(\s*(?:name: )?\"(\w+)\"", package):
        listed = re.search(r"\[([^\]]*)\]", arguments_from(package, start.end()))
        uses = re.findall(r"\"(\w+)\"|\.(\w+)", listed[1]) if listed else []
        targets[start[1]] = {module or products.get(product, product) for module, product in uses}
    return targets


def arguments_from(text: str, position: int) -> str:
    """The rest of a call's arguments, up to the parenthesis that ends them."""
    depth = 0
    for end in range(position, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth < 0:
            return text[position:end]
    return text[position:]


def module_line(package: str, module: str) -> int:
    return package.count("\n", 0, max(package.find(f'"{module}"'), 0)) + 1


@rule(
    "arrows",
    bad=[
        {"Package.swift": PACKAGE.replace('"Domain", ["JSON"]', '"Domain", ["JSON", "Wire"]')},
        {"Package.swift": PACKAGE.replace('.shared("JSON")', '.shared("JSON", [.protobuf])')},
        {"Package.swift": PACKAGE + '        .shared("Unheard", ["JSON"]),\n'},
    ],
    good=[{"Package.swift": PACKAGE}],
)
def arrows(tree: Tree):
    """The two sides meet only in Wire, the domain is pure, each technology stays in one module."""
    package = tree.files.get("Package.swift", "")
    for module, uses in declared_arrows(package).items():
        if module == "TestSupport" or module.endswith("Tests") or re.match("C[A-Z]", module):
            continue
        if module not in ARROWS:
            yield Finding("Package.swift", module_line(package, module), f"'{module}' is not in the table of arrows")
            continue
        for use in sorted(uses - ARROWS[module]):
            yield Finding("Package.swift", module_line(package, module), f"'{module}' may not depend on '{use}'")


@rule(
    "undeclared-import",
    bad=[
        {"Package.swift": PACKAGE, "Sources/Domain/A.swift": "import GRDB"},
        {"Package.swift": PACKAGE, "server/Storage/A.swift": "internal import SwiftProtobuf"},
        {"Package.swift": PACKAGE, "Tests/JSONTests/A.swift": "@testable import Domain"},
    ],
    good=[
        {"Package.swift": PACKAGE, "server/Storage/A.swift": "import Domain\nimport JSON\nimport Glibc\n// import GRDB"},
        {"Package.swift": PACKAGE, "Tests/JSONTests/A.swift": "import Testing\n@testable import JSON"},
    ],
)
def undeclared_import(tree: Tree):
    """A module imports what Package.swift declares for it, not what happens to be linked already."""
    declared = declared_arrows(tree.files.get("Package.swift", ""))
    for module, sources in tree.modules.items():
        allowed = set(declared.get(module, set()))
        for use in list(allowed):
            allowed |= REACHABLE_WITH.get(use, set())
        for source in sources:
            platform = PLATFORM | (TESTING if source.is_test else set())
            for line, name in source.imports:
                if name not in allowed | platform:
                    yield Finding(source.path, line, f"'{module}' does not declare '{name}' in Package.swift")


@rule(
    "foundation",
    bad=[{"Sources/JSON/A.swift": "import FoundationEssentials"}, {"Sources/Wire/A.swift": "import Foundation"}],
    good=[{"server/RESTAPI/A.swift": "import FoundationEssentials", "Sources/JSON/A.swift": "import Glibc"}],
)
def foundation(tree: Tree):
    """Foundation makes binaries large and hot paths slow: these modules do without."""
    for source in tree.swift:
        for line, name in source.imports:
            if (source.module, name) in FOUNDATION_ALL_THE_SAME:
                continue
            if name.startswith("Foundation") and source.module in WITHOUT_FOUNDATION:
                yield Finding(source.path, line, f"'{source.module}' does without {name}")
