import Glibc
import Synchronization
import TestSupport
import Testing

/// A program of ours, running, with what it writes in files of its own.
final class Program: Sendable {
    let pid: pid_t
    let name: String
    private let outputPath: String
    private let errorPath: String
    private let status = Mutex<Int32?>(nil)

    /// The folder that the tests and the programs were built into.
    static let folder: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let text = String(decoding: path[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The test runner lives elsewhere with some toolchains; the bundle that it has loaded does not.
        return Maps.pathOfThisBundle() ?? text.split(separator: "/").dropLast().joined(separator: "/")
    }()

    /// Starts `name` from the build folder, or from an absolute path.
    ///
    /// - Parameters:
    ///   - environment: over that of the tests.
    ///   - namespace: the network namespace (`ip netns`) that it is to live in.
    init(
        _ name: String, _ arguments: [String], in stage: Sandbox, environment: [String: String] = [:],
        namespace: String? = nil, input: String? = nil
    ) throws {
        self.name = name
        let label = "\(stage.path)/\(name.split(separator: "/").last ?? "program")-\(stage.nextNumber())"
        (outputPath, errorPath) = ("\(label).out", "\(label).err")
        let path = name.hasPrefix("/") ? name : "\(Self.folder)/\(name)"
        let command = namespace.map { ["/usr/sbin/ip", "netns", "exec", $0, path] } ?? [path]
        var inputPath = "/dev/null"
        if let input {
            inputPath = "\(label).in"
            try stage.write(input, to: inputPath)
        }
        pid = try spawn(
            command + arguments, environment: environment, input: inputPath, output: outputPath, errors: errorPath)
        stage.started(self)
    }

    var output: String { contents(of: outputPath) }
    var errors: String { contents(of: errorPath) }

    func signal(_ number: Int32) { if status.withLock({ $0 == nil }) { kill(pid, number) } }

    /// Its exit status, once it has ended: the code, or 128 and the signal as shells say it.
    func exitStatus() -> Int32? {
        status.withLock { status in
            if let status { return status }
            var raw: Int32 = 0
            guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
            status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + raw & 0x7F
            return status
        }
    }

    /// Waits for its end.
    @discardableResult
    func wait(atMost limit: Duration = .seconds(60)) async throws -> Int32 {
        try await eventually("the end of \(name)", atMost: limit) { self.exitStatus() }
    }
}

func contents(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

private func spawn(
    _ command: [String], environment: [String: String], input: String, output: String, errors: String
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // What other tests have open is not to live on in a program of this one.
    try closeOthers(from: 3, in: &actions)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, as a shell would give it: a signal to it reaches what it started.
    // What starts inherits ignored signals, of tests that run in the background, and those that the thread has blocked:
    // threads of sockets and transfers block all, and so do those that the runtime makes while one of these calls it.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))
    posix_spawnattr_setpgroup(&attributes, 0)
    let variables = inheritedEnvironment().merging(environment) { $1 }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    let arguments = command.map { strdup($0) } + [nil]
    defer { for text in variables + arguments { free(text) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, command[0], &actions, &attributes, arguments, variables)
    try #require(code == 0, "\(command[0]) could not be started: \(String(cString: strerror(code)))")
    return pid
}

/// glibc's `posix_spawn_file_actions_addclosefrom_np`, which its Swift module leaves out.
private func closeOthers(from first: Int32, in actions: inout posix_spawn_file_actions_t) throws {
    typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    let symbol = try #require(dlsym(nil, "posix_spawn_file_actions_addclosefrom_np"))
    let code = unsafeBitCast(symbol, to: Function.self)(&actions, first)
    try #require(code == 0)
}

/// The tests' environment without what would lead our programs to somebody's real server.
private func inheritedEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        if parts.count == 2, !name.hasPrefix("SLUICE_"), !name.hasPrefix("PREFECT_") {
            variables[name] = String(parts[1])
        }
        next += 1
    }
    return variables
}

private enum Maps {
    /// The folder of the test bundle among the files that this process has mapped.
    static func pathOfThisBundle() -> String? {
        for line in contents(of: "/proc/self/maps").split(separator: "\n") where line.hasSuffix(".xctest") {
            guard let start = line.firstIndex(of: "/") else { continue }
            return "/" + line[start...].split(separator: "/").dropLast().joined(separator: "/")
        }
        return nil
    }
}
