import AgentRuntime
import Domain
import Executors
import Glibc
import Logging
import TestSupport
import Wire

/// A folder that is removed at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/sluice-agent.XXXXXX".utf8CString)
        path = mkdtemp(&template) == nil ? "/tmp" : String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    }

    deinit { removeTree(path) }
}

func removeTree(_ path: String) {
    guard path.hasPrefix("/tmp/sluice-agent.") else { return }
    if unlink(path) == 0 { return }
    if let directory = opendir(path) {
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { removeTree("\(path)/\(name)") }
        }
        closedir(directory)
    }
    rmdir(path)
}

/// The real agent loop on a real supervisor, told to meet a fake server.
struct AgentHarness: Sendable {
    let loop: AgentLoop
    let ending: Task<AgentExit, any Error>

    init(
        _ folder: TemporaryFolder, server: FakeServer, slots: Int = 2, environment: [String: String] = Self.variables,
        keepsRuns: Bool = false, keepsPythonWarm: Bool = true, watching: FileWatching = FileWatching(),
        _ adapt: (inout AgentTiming) -> Void = { _ in }
    ) throws {
        var random = SeededGenerator(seed: 1)
        let data = try AgentData(directory: "\(folder.path)/agent", at: Timestamp(microseconds: 1), from: &random)
        var configuration = AgentConfiguration(
            server: server.address, name: "tester", host: "here", version: "test", pool: "default", queues: [],
            slots: slots, labels: [:], processID: getpid(), environment: environment, keepsRuns: keepsRuns)
        configuration.keepsPythonWarm = keepsPythonWarm
        configuration.timing.chunkRepeat = .milliseconds(200)
        configuration.watching = watching
        adapt(&configuration.timing)
        let executor = ProcessExecutor(
            directory: data.supervisor, captures: data.captures,
            launch: [programFolder + "/SupervisorFixture", data.supervisor, "3000"], warn: { _ in })
        var logger = Logger(label: "agent") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let loop = try AgentLoop(configuration: configuration, data: data, executor: executor, logger: logger)
        self.loop = loop
        ending = Task { try await loop.run() }
    }

    /// An agent on the data that another one has just left. A supervisor that some other test starts at this moment
    /// holds this process's locks until it has become a program.
    static func again(
        _ folder: TemporaryFolder, server: FakeServer, watching: FileWatching = FileWatching()
    ) async throws -> AgentHarness {
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            do {
                return try AgentHarness(folder, server: server, watching: watching)
            } catch let error as AgentDataError where ContinuousClock.now < deadline {
                guard case .inUse = error else { throw error }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    static let variables = [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "SLUICE_SECRET": "for the agent only", "KEPT": "yes",
    ]

    func leave(_ leaving: Leaving) async throws -> AgentExit {
        loop.leave(leaving)
        return try await ending.value
    }
}

/// Where the test program and its fixtures are.
let programFolder: String = {
    var path = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count)
    let own = String(decoding: path.prefix(max(0, count)), as: UTF8.self)
    return own.split(separator: "/").dropLast().map { "/" + $0 }.joined()
}()

extension AttemptKey {
    static func test(_ number: UInt64, attempt: Int = 1) -> AttemptKey {
        var random = SeededGenerator(seed: number)
        return AttemptKey(run: ID(at: Timestamp(microseconds: Int64(number) * 1000), from: &random), attempt: attempt)
    }
}

extension Assignment {
    static func test(
        _ key: AttemptKey, _ arguments: [String], lease: Duration = .seconds(30), afterHeartbeat: UInt64 = 0
    ) -> Assignment {
        var random = SeededGenerator(seed: 99)
        return Assignment(
            key: key, lease: lease, runName: "brave-otter", flowName: "flow", deploymentName: "deployment",
            flowID: ID(at: Timestamp(microseconds: 5000), from: &random), deploymentID: nil, parameters: #"{"x":1}"#,
            arguments: arguments, environment: [:], bundle: nil, workingDirectory: nil, python: nil, timeout: nil,
            grace: .milliseconds(300), number: 1, afterHeartbeat: afterHeartbeat)
    }
}

func contents(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Waits until something is so; false when that takes too long.
func eventually(within limit: Duration = .seconds(20), _ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return condition()
}
