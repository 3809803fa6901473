import Bundles
import Domain
import Glibc
import Logging
import Orchestration
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

@testable import AgentGateway

/// A gateway that serves while `body` runs.
func withGateway(_ body: (Orchestrator, Gateway, Deployment) async throws -> Void) async throws {
    try await withGateway { _ in
    } _: { orchestrator, gateway, deployment, _ in
        try await body(orchestrator, gateway, deployment)
    }
}

/// The same, configured, and with a clock that stands still until it is moved.
func withGateway(
    _ configure: (inout GatewayConfiguration) -> Void,
    _ body: (Orchestrator, Gateway, Deployment, ManualClock) async throws -> Void
) async throws {
    var template = Array("/tmp/sluice-gateway-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    let clock = ManualClock()
    let generator = Mutex(SeededGenerator(seed: 1))
    let orchestrator = Orchestrator(
        database: try SQLiteDatabase(inMemory: .main),
        logs: LogStore(try SQLiteDatabase(inMemory: LogSchema.schema)),
        bundles: try BundleStore(directory: folder),
        surroundings: Surroundings(clock: { clock.time }, random: { generator.withLock { $0.next() } }))
    try await orchestrator.ensureStandardPool()
    var request = DeploymentRequest(name: "d", flowID: try await orchestrator.ensureFlow(named: "f").flow.id)
    request.poolName = WorkPool.standardName
    request.execution = ExecutionSpec(command: .arguments(["true"]))
    let deployment = try await orchestrator.deploy(request).deployment
    var configuration = GatewayConfiguration(endpoint: "tcp://127.0.0.1:0", serverVersion: "test")
    configure(&configuration)
    let gateway = try Gateway(
        orchestrator, configuration: configuration,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    let serving = Task { await gateway.run(apiURL: "http://127.0.0.1:4200/api") }
    try await body(orchestrator, gateway, deployment, clock)
    serving.cancel()
    await serving.value
    rmdir(folder)
}
