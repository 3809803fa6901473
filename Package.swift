// swift-tools-version: 6.2
import PackageDescription

// Three folders, three meanings: Sources/ is what both sides share, server/ the server, agent/ the agent.
// The two sides meet only in Wire. docs/architecture.md draws the arrows; scripts/check holds them.

let package = Package(
    name: "sluice",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "sluice", targets: ["SluiceCLI"]),
        .executable(name: "sluice-server", targets: ["Server"]),
        .executable(name: "sluice-agent", targets: ["Agent"]),
        // For the benchmarks, which are a package of their own.
        .library(name: "SluiceWire", targets: ["Wire", "ZeroMQ", "Domain"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // What both sides share
        .shared("JSON"),
        .shared("Templates", ["JSON"]),
        .shared("Domain", ["JSON"]),
        .shared("Wire", ["Domain", "JSON", .protobuf], exclude: ["agent.proto"]),
        .systemLibrary(
            name: "CZeroMQ", path: "Sources/CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .shared("ZeroMQ", ["CZeroMQ"]),
        .systemLibrary(
            name: "CSodium", path: "Sources/CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(
            name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .shared("Bundles", ["CSodium", "CZlib"]),
        .shared("DeploymentDocument", ["Domain", "JSON", .yams]),
        .target(name: "CCurl", path: "Sources/CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .shared("HTTPClient", ["CCurl"]),
        .shared("APIClient", ["Domain", "JSON", "HTTPClient"]),
        .systemLibrary(
            name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .shared("ObjectStorage", ["HTTPClient", "COpenSSL", "Domain", "JSON"]),
        .program(
            "SluiceCLI", in: "Sources",
            [
                "APIClient", "Bundles", "DeploymentDocument", "Domain", "JSON", .argumentParser,
            ]),

        // The server
        .server("Storage", ["Domain", "JSON"]),
        .systemLibrary(
            name: "CSQLite", path: "Sources/CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .server("StorageSQLite", ["Storage", "Domain", "CSQLite", .grdb]),
        .server("Secrets", ["CSodium"]),
        .server("Orchestration", ["Storage", "Secrets", "Domain", "JSON", "Bundles", "Templates"]),
        .server("Backups", ["StorageSQLite", "Storage", "Secrets", "Bundles", "Domain", "JSON"]),
        .server("AgentGateway", ["Orchestration", "Domain", "JSON", "Bundles", "Wire", "ZeroMQ", .logging]),
        .server(
            "RESTAPI",
            [
                "Orchestration", "Domain", "JSON", "Bundles", .hummingbird, .nio, .nioHTTP, .nioWebSocket,
                .logging, .lifecycle,
            ]),
        .program(
            "Server", in: "server",
            [
                "RESTAPI", "AgentGateway", "Orchestration", "Backups", "StorageSQLite", "Storage", "Secrets", "Domain",
                "JSON", "HTTPClient", "ObjectStorage", "ZeroMQ", .argumentParser, .logging, .lifecycle, .signals, .nio,
            ]),

        // The agent
        .target(name: "CProcess", path: "agent/CProcess"),
        .agent("Supervision", ["CProcess"]),
        .agent(
            "AgentRuntime", ["Wire", "ZeroMQ", "Bundles", "HTTPClient", "ObjectStorage", "Domain", "JSON", .logging],
            resources: [.embedInCode("Prefect/prefect_flow.py")]),
        .agent("Containers", ["HTTPClient", "Domain", "JSON"]),
        .agent(
            "Executors", ["AgentRuntime", "Supervision", "Containers", "Wire", "Bundles", "Domain", "JSON"]),
        .program(
            "Agent", in: "agent",
            [
                "AgentRuntime", "Executors", "Supervision", "Containers", "Domain", "JSON", .argumentParser, .logging,
            ]),

        // Tests
        .target(
            name: "TestSupport", dependencies: ["Domain", "JSON"], path: "Tests/TestSupport", exclude: ["Peers"],
            swiftSettings: .strict),
        .tests("JSONTests", ["JSON"]),
        .tests("TemplatesTests", ["Templates", "JSON"], exclude: ["Cases"]),
        .tests("DomainTests", ["Domain", "JSON"]),
        .tests("ZeroMQTests", ["ZeroMQ"]),
        .program("SupervisorFixture", in: "Tests", ["Supervision"]),
        .tests("SupervisionTests", ["Supervision", "SupervisorFixture"]),
        .tests("ContainersTests", ["Containers", "Domain", "JSON"]),
        .tests("BundlesTests", ["Bundles"]),
        .tests("DeploymentDocumentTests", ["DeploymentDocument", "Domain", "JSON"]),
        .tests("HTTPClientTests", ["HTTPClient", "JSON"]),
        .tests("ObjectStorageTests", ["ObjectStorage", "HTTPClient", "Domain", "JSON"]),
        .tests("WireTests", ["Wire", "Domain", .protobuf], exclude: ["Golden"]),
        .tests("SecretsTests", ["Secrets"]),
        .tests("StorageSQLiteTests", ["StorageSQLite", "Storage", "Domain"]),
        .tests(
            "AgentGatewayTests",
            [
                "AgentGateway", "Orchestration", "StorageSQLite", "Storage", "Domain", "JSON", "Bundles", "Wire",
                "ZeroMQ", .logging,
            ]),
        .tests(
            "RESTAPITests",
            [
                "RESTAPI", "Orchestration", "StorageSQLite", "Storage", "Secrets", "Domain", "JSON", "Bundles",
                "HTTPClient", .logging, .lifecycle,
            ]),
        .tests(
            "AgentRuntimeTests",
            [
                "AgentRuntime", "Executors", "Supervision", "SupervisorFixture", "Bundles", "Domain", "JSON", "Wire",
                "ZeroMQ", .logging,
            ]),
        .tests("APIClientTests", ["APIClient", "HTTPClient", "Domain", "JSON"]),
        .tests(
            "SluiceCLITests",
            [
                "SluiceCLI", "APIClient", "DeploymentDocument", "Domain", "JSON", .argumentParser,
            ]),
        .tests(
            "SystemTests",
            ["SluiceCLI", "Server", "Agent", "StorageSQLite", "Storage", "HTTPClient", "Domain", "JSON", "Wire"],
            exclude: ["Containers", "Disk", "Prefect"]),
        .tests(
            "BackupsTests",
            ["Backups", "Orchestration", "Secrets", "StorageSQLite", "Storage", "Domain", "JSON", "Bundles"]),
        .tests(
            "SimulationTests",
            [
                "AgentGateway", "Orchestration", "StorageSQLite", "Storage", "AgentRuntime", "Supervision", "Domain",
                "Bundles", "Wire", "ZeroMQ", .logging,
            ],
            exclude: ["README.md"]),
        .tests(
            "OrchestrationTests",
            ["Orchestration", "Secrets", "StorageSQLite", "Storage", "Domain", "JSON", "Bundles"]),
    ],
    swiftLanguageModes: [.v6]
)

extension [SwiftSetting] {
    /// Warnings are errors; every import of a module whose members are used is written down.
    static var strict: [SwiftSetting] {
        [
            .treatAllWarnings(as: .error),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
        ]
    }
}

extension Target {
    static func shared(_ name: String, _ uses: [Dependency] = [], exclude: [String] = []) -> Target {
        .target(name: name, dependencies: uses, path: "Sources/\(name)", exclude: exclude, swiftSettings: .strict)
    }

    static func server(_ name: String, _ uses: [Dependency]) -> Target {
        .target(name: name, dependencies: uses, path: "server/\(name)", swiftSettings: .strict)
    }

    static func agent(_ name: String, _ uses: [Dependency], resources: [Resource] = []) -> Target {
        .target(
            name: name, dependencies: uses, path: "agent/\(name)", resources: resources, swiftSettings: .strict)
    }

    static func program(_ name: String, in folder: String, _ uses: [Dependency]) -> Target {
        .executableTarget(name: name, dependencies: uses, path: "\(folder)/\(name)", swiftSettings: .strict)
    }

    static func tests(_ name: String, _ uses: [Dependency], exclude: [String] = []) -> Target {
        .testTarget(
            name: name, dependencies: uses + ["TestSupport"], path: "Tests/\(name)", exclude: exclude,
            swiftSettings: .strict)
    }
}

extension Target.Dependency {
    static var argumentParser: Self { .product(name: "ArgumentParser", package: "swift-argument-parser") }
    static var grdb: Self { .product(name: "GRDB", package: "GRDB.swift") }
    static var hummingbird: Self { .product(name: "Hummingbird", package: "hummingbird") }
    static var lifecycle: Self { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
    static var logging: Self { .product(name: "Logging", package: "swift-log") }
    static var nio: Self { .product(name: "NIOCore", package: "swift-nio") }
    static var nioHTTP: Self { .product(name: "NIOHTTP1", package: "swift-nio") }
    static var nioWebSocket: Self { .product(name: "NIOWebSocket", package: "swift-nio") }
    static var protobuf: Self { .product(name: "SwiftProtobuf", package: "swift-protobuf") }
    static var signals: Self { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
    static var yams: Self { .product(name: "Yams", package: "Yams") }
}
