import Backups
import Bundles
import Domain
import Foundation
import Orchestration
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

/// A data directory with a bit of everything in it, made by the orchestrator itself.
final class DataStage {
    let folder: String
    var data: String { "\(folder)/data" }
    var files: DataFiles { DataFiles(data) }
    let clock = ManualClock()
    /// The database of the log lines, in the data directory.
    var logs: String { "logs/\(LogDay(clock.time).fileName)" }
    private(set) var bundle = ""

    init() async throws {
        var template = Array("/tmp/sluice-backups-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        mkdir("\(folder)/data", 0o700)
        try await fill()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Does something with an orchestrator on the data, and closes them.
    func use<Value>(vault: Vault? = nil, _ body: (Orchestrator) async throws -> Value) async throws -> Value {
        let generator = Mutex(SeededGenerator(seed: 1))
        let database = try SQLiteDatabase(path: "\(data)/sluice.sqlite", schema: .main)
        let logs = try SQLiteLogFolder(path: "\(data)/logs", at: clock.time)
        let orchestrator = Orchestrator(
            database: database, logs: LogStore(logs), bundles: try BundleStore(directory: "\(data)/bundles"),
            surroundings: Surroundings(
                clock: { [clock] in clock.time }, random: { generator.withLock { $0.next() } }), vault: vault)
        let value = try await body(orchestrator)
        try await database.close()
        try await logs.close()
        return value
    }

    /// Executes SQL in one of the databases, past all rules.
    func damage(_ sql: String, in name: String = "sluice.sqlite") async throws {
        let schema = name.hasPrefix("logs") ? LogSchema.schema : .main
        let database = try SQLiteDatabase(path: "\(data)/\(name)", schema: schema)
        _ = try await database.transaction(.write) { try $0.run(sql, []) }
        try await database.close()
    }

    func findings() throws -> [String] { try Checkup(of: files).run().findings }

    func runNames() async throws -> [String] {
        try await use { try await $0.database.read { try $0.runs(Query(order: "run.id", limit: 1000)) } }.map(\.name)
            .sorted()
    }

    // MARK: -

    /// One run has ended, one is being executed and has written something, and others wait, some of them as a batch.
    private func fill() async throws {
        let code = "\(folder)/code"
        mkdir(code, 0o700)
        try "echo hello\n".write(toFile: "\(code)/script.sh", atomically: true, encoding: .utf8)
        let packed = try BundlePacker().pack(code)
        bundle = packed.bundle.digest.description
        // In steps: the compiler (Swift 6.3.1) lays out too small a frame for all of it in one closure.
        let reference = try await use { orchestrator in
            try await orchestrator.upload(stream([packed.bytes]), digest: packed.bundle.digest).bundle
        }
        let deployment = try await use { try await deploy(reference, $0) }
        try await use { orchestrator in
            for _ in 0..<4 { _ = try await orchestrator.submit(RunRequest(), to: deployment) }
        }
        try await use { try await executeSome($0) }
        try await use { orchestrator in
            let lines = stream((1...3).map { BatchLine(number: $0, request: RunRequest()) })
            _ = try await orchestrator.submitBatch(lines, to: deployment)
        }
    }

    private func executeSome(_ orchestrator: Orchestrator) async throws {
        let agentID: ID<Agent> = try #require(ID("01a1fd6e-8113-7581-95da-b97524f1bf56"))
        let grants = try await grants(agentID, orchestrator)
        try await execute(grants, orchestrator, agentID)
    }

    private func stream<Element: Sendable>(_ elements: [Element]) -> AsyncStream<Element> {
        AsyncStream { continuation in
            for element in elements { continuation.yield(element) }
            continuation.finish()
        }
    }

    private func deploy(_ bundle: BundleReference, _ orchestrator: Orchestrator) async throws -> ID<Deployment> {
        try await orchestrator.ensureStandardPool()
        var request = DeploymentRequest(
            name: "plain", flowID: try await orchestrator.ensureFlow(named: "sample").flow.id)
        request.poolName = WorkPool.standardName
        request.execution = ExecutionSpec(command: .arguments(["sh", "script.sh"]), bundle: bundle)
        return try await orchestrator.deploy(request).deployment.id
    }

    private func grants(_ agent: ID<Agent>, _ orchestrator: Orchestrator) async throws -> [Grant] {
        let pool = try await orchestrator.pool(named: WorkPool.standardName)
        _ = try await orchestrator.welcome(
            AgentIntroduction(
                id: agent, name: "a1", host: "h1", version: "1", poolName: WorkPool.standardName, queueNames: [],
                slots: 2, labels: [:], holding: []))
        let seat = Seat(agentID: agent, poolID: pool.id, queueNames: [], credit: 2)
        return try await orchestrator.claim(for: [seat])
    }

    private func execute(_ grants: [Grant], _ orchestrator: Orchestrator, _ agent: ID<Agent>) async throws {
        for (index, grant) in grants.enumerated() {
            let name = AttemptName(run: grant.run.id, attempt: grant.attempt)
            var reports = [AttemptReport(name: name, sequence: 1, fact: .started(at: clock.time))]
            _ = try await orchestrator.takeOutput(
                of: name, in: 0..<6, lines: [(level: 20, timestamp: clock.time, message: "hello")])
            if index == 0 {
                clock.advance(by: .seconds(1))
                let end = AttemptEnd(.exited(code: 0), at: clock.time)
                reports.append(AttemptReport(name: name, sequence: 2, fact: .ended(end)))
            }
            _ = try await orchestrator.take(reports, from: agent)
        }
    }
}
