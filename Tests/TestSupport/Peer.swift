import Glibc

/// A program that tests speak to, and that ends with them whatever becomes of them: its standard input is closed then.
public final class Peer: Sendable {
    private let pid: pid_t
    private let input: Int32
    private let output: Int32

    /// - Parameter command: the path of the program, and its arguments.
    /// - Throws: ``PeerFailure``
    public init(_ command: [String]) throws(PeerFailure) {
        var (to, from): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&to) == 0, pipe(&from) == 0 else { throw PeerFailure("there are no pipes") }
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
        guard code == 0 else { throw PeerFailure("\(command[0]): \(String(cString: strerror(code)))") }
        (self.pid, input, output) = (pid, to[1], from[0])
    }

    deinit {
        close(input)
        close(output)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// Waits for the next line that it prints; an empty one when it has ended.
    public func line() -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != 10 { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    /// One of the scripts in `Peers`.
    public static func script(_ name: String) -> String { "\(root)/Tests/TestSupport/Peers/\(name)" }

    /// The repository.
    public static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
}

/// A program that tests speak to could not be started.
public struct PeerFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
