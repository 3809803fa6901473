import Bundles
import Domain
import Glibc
import HTTPClient
import JSON
import Logging
import Orchestration
import RESTAPI
import ServiceLifecycle
import Storage
import StorageSQLite
import Synchronization
import TestSupport

/// The real API on a free loopback port, with an empty database in memory and a clock that stands still.
struct TestServer: Sendable {
    let orchestrator: Orchestrator
    let clock: ManualClock
    let port: Int
    let session = HTTPSession()
    /// What is shown with each request.
    var authorization: HTTPAuthorization?

    var base: String { "http://127.0.0.1:\(port)" }
}

/// Starts a server, and lets it come to its end after `body`, as one that is told to stop does.
func withServer(
    _ configure: @Sendable (inout RESTConfiguration) -> Void = { _ in },
    _ body: @Sendable @escaping (TestServer) async throws -> Void
) async throws {
    let clock = ManualClock()
    let folder = TemporaryFolder()
    let generator = Mutex(SeededGenerator(seed: 1))
    let orchestrator = Orchestrator(
        database: try SQLiteDatabase(inMemory: .main), logs: LogStore(try SQLiteDatabase(inMemory: LogSchema.schema)),
        bundles: try BundleStore(directory: folder.path),
        surroundings: Surroundings(clock: { clock.time }, random: { generator.withLock { $0.next() } }))
    try await orchestrator.ensureStandardPool()
    var configuration = RESTConfiguration(
        host: "127.0.0.1", port: 0, agentEndpoint: "127.0.0.1:4201", version: "1.2.3", started: clock.time,
        dataDirectory: folder.path)
    configure(&configuration)
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = APIServer(orchestrator, configuration: configuration, logger: logger) { port.yield($0) }
    let services = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await services.run() }
        group.addTask {
            guard let port = await ports.first(where: { _ in true }) else { return }
            do {
                try await body(TestServer(orchestrator: orchestrator, clock: clock, port: port))
            } catch {
                await services.triggerGracefulShutdown()
                throw error
            }
            await services.triggerGracefulShutdown()
        }
        try await group.waitForAll()
    }
    _ = folder.path
}

/// An empty folder that is gone with this object.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/sluice-rest-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { name in
            name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/nowhere"
        }
    }

    deinit {
        for name in files { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var files: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

// MARK: - Asking

/// An answer with its body read as JSON, null if it is empty.
struct Answer: Sendable {
    let status: Int
    let json: JSONValue
    let headers: HTTPHeaders
    let text: String

    /// Prefect's `detail`.
    var detail: String { json["detail"]?.stringValue ?? "" }
}

extension TestServer {
    func send(
        _ method: HTTPMethod, _ path: String, _ body: HTTPBody = .none, _ headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        let response = try await session.send(
            HTTPRequest(method, base + path, headers: headers, authorization: authorization, body: body))
        let isJSON = response.headers["Content-Type"] == "application/json" && !response.body.isEmpty
        return Answer(
            status: response.status, json: isJSON ? try JSONValue(parsing: response.body) : .null,
            headers: response.headers, text: response.text)
    }

    func get(_ path: String) async throws -> Answer { try await send(.get, path) }

    func post(_ path: String, _ body: JSONValue? = nil) async throws -> Answer { try await json(.post, path, body) }

    func json(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) async throws -> Answer {
        guard let body else { return try await send(method, path) }
        return try await send(method, path, .bytes(body.serializedBytes()), ["Content-Type": "application/json"])
    }
}

// MARK: - Things to ask about

extension TestServer {
    /// A flow and a deployment of it whose runs a Sluice agent can execute, in the pool `default`.
    @discardableResult
    func deploy(
        _ name: String = "nightly", flow: String = "etl", more: JSONObject = [:]
    ) async throws -> String {
        let flowID = try await post("/api/flows/", ["name": .string(flow)]).json["id"] ?? .null
        let body: JSONObject = [
            "name": .string(name), "flow_id": flowID, "work_pool_name": "default",
            "execution": ["command": ["echo", "hello"]],
        ]
        let answer = try await post("/api/deployments/", .object(body.merging(more)))
        return answer.json["id"]?.stringValue ?? "\(answer)"
    }

    func run(_ deployment: String, _ body: JSONValue = [:]) async throws -> String {
        let answer = try await post("/api/deployments/\(deployment)/create_flow_run", body)
        return answer.json["id"]?.stringValue ?? "\(answer)"
    }

    /// Has a run enter a state, whatever the rules say.
    func force(_ run: String, _ type: String) async throws {
        _ = try await post("/api/flow_runs/\(run)/set_state", ["state": ["type": .string(type)], "force": true])
    }

    /// An agent that serves the pool `default`.
    @discardableResult
    func welcomeAgent(_ name: String = "anna", slots: Int = 4) async throws -> Agent {
        try await orchestrator.welcome(
            AgentIntroduction(
                id: orchestrator.surroundings.newID(), name: name, host: "host-1", version: "1.2.3",
                poolName: "default", queueNames: [], slots: slots, labels: ["zone": "a"], holding: [])
        ).agent
    }
}
