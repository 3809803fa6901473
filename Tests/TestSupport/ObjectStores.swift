import Glibc

/// Two object stores on this machine, for as long as this lives: moto's S3, which checks signatures and rights, and an
/// emulator of Google Cloud Storage, which checks none. `scripts/setup samples` installs both.
public final class ObjectStores: Sendable {
    /// As `http://127.0.0.1:PORT`.
    public let s3: String
    /// Of the one user there is, who may do all.
    public let accessKey: String
    public let secretKey: String
    /// As `http://127.0.0.1:PORT`.
    public let google: String
    private let pid: pid_t
    /// The stores end when it is closed: so they do whatever becomes of the tests.
    private let input: Int32

    private static let started = Result { () throws(ObjectStoresFailure) in try ObjectStores() }

    /// Those of this process, started by the first who asks; they hold what tests put there, each in buckets of its own.
    ///
    /// - Throws: ``ObjectStoresFailure``
    public static func shared() throws(ObjectStoresFailure) -> ObjectStores { try started.get() }

    /// - Throws: ``ObjectStoresFailure``
    public init() throws(ObjectStoresFailure) {
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        let python = "\(root)/.build/samples/bin/python"
        guard access(python, X_OK) == 0 else {
            throw ObjectStoresFailure("there are no object stores to test with: scripts/setup samples")
        }
        let started = try Self.start([python, "\(root)/Tests/TestSupport/Stores/object_stores.py"])
        (pid, input) = (started.pid, started.input)
        let words = started.line.split(separator: " ").map(String.init)
        guard words.count == 4 else {
            throw ObjectStoresFailure("the object stores did not start ('\(started.line)'): scripts/setup samples")
        }
        (s3, accessKey, secretKey, google) = (words[0], words[1], words[2], words[3])
    }

    deinit {
        close(input)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    private static func start(
        _ command: [String]
    ) throws(ObjectStoresFailure) -> (pid: pid_t, input: Int32, line: String) {
        var (to, from): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&to) == 0, pipe(&from) == 0 else { throw ObjectStoresFailure("there are no pipes") }
        for end in to + from { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, to[0], 0)
        posix_spawn_file_actions_adddup2(&actions, from[1], 1)
        let arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, command[0], &actions, nil, arguments, environ)
        close(to[0])
        close(from[1])
        guard code == 0 else { throw ObjectStoresFailure("\(command[0]): \(String(cString: strerror(code)))") }
        defer { close(from[0]) }
        return (pid, to[1], firstLine(of: from[0]))
    }

    /// Waits for it.
    private static func firstLine(of descriptor: Int32) -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != 10 { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }
}

/// The object stores could not be started.
public struct ObjectStoresFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
