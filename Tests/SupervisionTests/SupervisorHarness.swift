import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Supervision

/// A real supervisor process in a directory of its own, and an agent's connection to it.
final class SupervisorHarness: Sendable {
    let directory: String
    let agent: TestAgent
    private let launch: [String]

    init(diskPatience: Int = 30_000) async throws {
        directory = temporaryDirectory()
        launch = [fixturePath, directory, "60000", "\(diskPatience)"]
        agent = TestAgent(try await SupervisorClient.connect(directory: directory, launch: launch))
    }

    /// Leaves nothing behind, whatever the test has done.
    deinit {
        agent.client.close()
        if isAlive(supervisorPID) { kill(supervisorPID, SIGKILL) }
        _ = ProcessTree.sweep(markedWith: directory + ":")
        removeDirectory(directory)
    }

    /// Another agent for the same supervisor.
    func reconnect() async throws -> TestAgent {
        TestAgent(try await SupervisorClient.connect(directory: directory, launch: launch))
    }

    var supervisorPID: Int32 { agent.client.supervisorPID }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// A shell script as a child.
    func script(_ token: String, _ text: String) -> ChildSpec {
        command(token, ["sh", "-c", text])
    }

    func command(_ token: String, _ arguments: [String]) -> ChildSpec {
        ChildSpec(
            token: token, arguments: arguments, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
            directory: directory, capturePath: path("\(token).capture"), grace: .seconds(30))
    }

    /// What the child has written so far, as text: both streams, in the order in which they were read.
    func output(_ token: String) throws -> String {
        String(decoding: try records(token).flatMap(\.bytes), as: UTF8.self)
    }

    /// What is in a capture file that lies elsewhere.
    func text(at path: String) throws -> String {
        String(decoding: try records(at: path).flatMap(\.bytes), as: UTF8.self)
    }

    func records(_ token: String) throws -> [CaptureRecord] { try records(at: path("\(token).capture")) }

    private func records(at path: String) throws -> [CaptureRecord] {
        var reader = CaptureReader(path: path)
        var all: [CaptureRecord] = []
        while case let some = try reader.next(), !some.isEmpty { all += some }
        return all
    }

    /// The child's whole lines, when there are this many.
    func lines(_ token: String, count: Int) async throws -> [String] {
        var lines: [String] = []
        try await eventually("\(count) lines from \(token)") {
            lines = try output(token).split(separator: "\n").map(String.init)
            return try lines.count >= count && output(token).hasSuffix("\n")
        }
        return lines
    }

    /// Numbers of processes that the child has written, one a line.
    func pids(_ token: String, count: Int) async throws -> [Int32] {
        try await lines(token, count: count).map { try #require(Int32($0)) }
    }
}

/// A client and all the events that it has got.
final class TestAgent: Sendable {
    let client: SupervisorClient
    private let seen = Mutex<[SupervisorEvent]>([])

    init(_ client: SupervisorClient) {
        self.client = client
        let events = client.events
        Task { [weak self] in
            for await batch in events { self?.seen.withLock { $0 += batch } }
        }
    }

    var events: [SupervisorEvent] { seen.withLock { $0 } }

    func exit(of token: String) async throws -> ChildExit {
        try await first("the exit of \(token)") { event in
            if case .exited(token, let exit) = event { exit } else { nil }
        }
    }

    func pid(of token: String) async throws -> Int32 {
        try await first("the start of \(token)") { event in
            if case .started(token, let pid, _) = event { pid } else { nil }
        }
    }

    func failure(of token: String) async throws -> StartFailure {
        try await first("the failure of \(token)") { event in
            if case .failedToStart(token, let reason) = event { reason } else { nil }
        }
    }

    func disconnection() async throws {
        try await eventually("the end of the connection") { events.contains(.disconnected) }
    }

    /// Starts it and waits for its end.
    func run(_ spec: ChildSpec) async throws -> ChildExit {
        client.start(spec)
        return try await exit(of: spec.token)
    }

    private func first<Value>(_ what: String, _ match: (SupervisorEvent) -> Value?) async throws -> Value {
        var found: Value?
        try await eventually(what) {
            found = events.lazy.compactMap(match).first
            return found != nil
        }
        return try #require(found)
    }
}

/// Waits until something is so; fails if it does not come about in a long time.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    try await TestSupport.eventually(what) { try await condition() ? () : nil }
}

func temporaryDirectory() -> String {
    var template = Array("/tmp/sluice-supervision-XXXXXX".utf8CString)
    return String(cString: mkdtemp(&template))
}

/// Removes a directory and the files in it.
func removeDirectory(_ directory: String) {
    guard let stream = opendir(directory) else { return }
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { name in
            String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        }
        unlink("\(directory)/\(name)")
    }
    closedir(stream)
    rmdir(directory)
}

/// The supervisor's program stands beside the tests'.
let fixturePath: String = {
    var path = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count)
    let own = String(decoding: path.prefix(max(0, count)), as: UTF8.self)
    return own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/SupervisorFixture"
}()

/// Whether a process runs; one that nobody has reaped does not.
func isAlive(_ pid: Int32) -> Bool {
    guard let state = state(of: pid) else { return false }
    return state != "Z"
}

/// The letter that the kernel shows for a process; nil if there is none.
func state(of pid: Int32) -> Unicode.Scalar? {
    guard let stat = contents("/proc/\(pid)/stat"), let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    return stat[(end + 2)...].first.map { Unicode.Scalar($0) }
}

func contents(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var all: [UInt8] = []
    var some = [UInt8](repeating: 0, count: 4096)
    while case let count = read(file, &some, some.count), count > 0 { all += some.prefix(count) }
    return all
}

func write(_ text: String, to path: String, mode: mode_t = 0o600) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
    _ = write(file, text, text.utf8.count)
    close(file)
}
