@preconcurrency import Dispatch
import Glibc
import Synchronization

/// A program that was started beside this one, in a process group of its own, so that ctrl-C in the terminal reaches us
/// alone. Its output goes to a file.
final class ChildProgram: Sendable {
    /// How a program has ended.
    enum End: Sendable, Equatable, CustomStringConvertible {
        case exit(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .exit(let code): "exit code \(code)"
            case .signal(let number): "signal \(number)"
            }
        }
    }

    let name: String
    let logFile: String
    private let process: LivingProcess
    private let end: Task<End, Never>

    /// - Throws: `CommandFailure` if it cannot be started.
    init(name: String, path: String, arguments: [String], logFile: String) throws {
        self.name = name
        self.logFile = logFile
        let process = LivingProcess(try Self.spawn(path, arguments, logFile))
        self.process = process
        end = Task { await process.waitForEnd() }
    }

    var hasEnded: Bool { process.hasEnded }

    /// Waits until it has ended, also if the task is cancelled.
    func waitForEnd() async -> End { await end.value }

    /// Asks it to end, and ends it by force if it has not after a while.
    func stop(within patience: Duration) async {
        process.send(SIGTERM)
        let force = Task {
            try await Task.sleep(for: patience)
            self.process.send(SIGKILL)
        }
        _ = await waitForEnd()
        force.cancel()
    }

    func kill() { process.send(SIGKILL) }

    /// The last lines that it wrote.
    func lastLines(_ count: Int) -> [String] {
        guard let source = try? ByteSource(path: logFile, input: -1), let bytes = try? source.rest() else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(count).map(String.init)
    }

    private static func spawn(_ path: String, _ arguments: [String], _ logFile: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, logFile, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // What this program ignores, its children would, too.
        for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        posix_spawnattr_setpgroup(&attributes, 0)

        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, &attributes, &words, environ)
        guard code == 0 else {
            throw CommandFailure.failed("cannot start \(path): \(String(cString: strerror(code)))")
        }
        return pid
    }
}

/// A process until it is reaped: no signal reaches another that got its id.
private final class LivingProcess: Sendable {
    private let id: pid_t
    private let living: Mutex<Bool>

    init(_ id: pid_t) {
        self.id = id
        living = Mutex(true)
    }

    var hasEnded: Bool { living.withLock { !$0 } }

    func send(_ number: Int32) {
        living.withLock { isAlive in
            guard isAlive else { return }
            _ = kill(id, number)
        }
    }

    func waitForEnd() async -> ChildProgram.End {
        await withCheckedContinuation { continuation in
            // A thread that may block, which those of Swift's tasks may not.
            DispatchQueue.global().async {
                var facts = siginfo_t()
                while waitid(P_PID, id_t(self.id), &facts, WEXITED | WNOWAIT) < 0, errno == EINTR {}
                continuation.resume(returning: self.reap())
            }
        }
    }

    private func reap() -> ChildProgram.End {
        living.withLock { isAlive in
            isAlive = false
            var status: Int32 = 0
            waitpid(id, &status, 0)
            let number = status & 0x7f
            return number == 0 ? .exit(status >> 8 & 0xff) : .signal(number)
        }
    }
}
