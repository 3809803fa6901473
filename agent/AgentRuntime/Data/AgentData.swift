public import Domain
import Glibc
import Synchronization

/// An agent's data directory: what it keeps from one start to the next, and the lock that makes it one agent's.
///
///     agent.id        its identity, made once
///     agent.lock      held while it runs
///     spool           assignments and reports
///     files           files that the server knows of
///     runs/KEY/       an attempt's directory: parameters.json, work/
///     runs/spare.N/   the same for attempts to come
///     captures/       what children wrote, kept by the executor
///     containers/     what is wanted of containers, and what came of them
///     bundles/        code, by digest
///     incoming/       bundles that are being fetched
///     python/KEY/     virtual environments
///     prefect_flow.py what executes Prefect's flows, as this agent has it
///     supervisor/     the supervisor's socket, lock and log
public final class AgentData: Sendable {
    /// Absolute.
    public let directory: String
    public let agentID: ID<Agent>
    private let lock: Mutex<Int32?>

    /// Takes the directory for this process, and makes what is missing.
    /// - Parameters:
    ///   - now: When an identity is made, its time.
    ///   - random: Where the rest of an identity comes from.
    public init(
        directory: String, at now: Timestamp, from random: inout some RandomNumberGenerator
    ) throws(AgentDataError) {
        try Folder.make(directory, mode: 0o700)
        let path = try Folder.absolute(directory)
        let lock = try Self.takeLock(path)
        do throws(AgentDataError) {
            for name in ["runs", "captures", "containers", "incoming", "python", "supervisor"] {
                try Folder.make("\(path)/\(name)", mode: 0o700)
            }
            agentID = try Self.identity(path, at: now, from: &random)
        } catch {
            close(lock)
            throw error
        }
        self.directory = path
        self.lock = Mutex(lock)
    }

    deinit { release() }

    /// Leaves the directory to whoever comes next.
    func release() {
        if let file = lock.withLock({ $0.take() }) { close(file) }
    }

    public var spool: String { "\(directory)/spool" }
    public var captures: String { "\(directory)/captures" }
    /// Where an executor keeps what is to be known of containers.
    public var containers: String { "\(directory)/containers" }
    public var supervisor: String { "\(directory)/supervisor" }
    var files: String { "\(directory)/files" }
    var runs: String { "\(directory)/runs" }
    var bundles: String { "\(directory)/bundles" }
    var incoming: String { "\(directory)/incoming" }
    var python: String { "\(directory)/python" }
    var prefectFlow: String { "\(directory)/prefect_flow.py" }

    private static func takeLock(_ directory: String) throws(AgentDataError) -> Int32 {
        let path = "\(directory)/agent.lock"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let content = (try? FileContent.read(descriptor: file, path: path)) ?? []
            close(file)
            let holder = content.isEmpty ? "" : " (process \(String(decoding: content, as: UTF8.self)))"
            throw .inUse(directory: directory, holder: holder)
        }
        // For the message of whoever comes second; that it is wrong for a moment harms nobody.
        ftruncate(file, 0)
        let text = Array("\(getpid())".utf8)
        _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        return file
    }

    private static func identity(
        _ directory: String, at now: Timestamp, from random: inout some RandomNumberGenerator
    ) throws(AgentDataError) -> ID<Agent> {
        let path = "\(directory)/agent.id"
        guard access(path, F_OK) == 0 else {
            let id = ID<Agent>(at: now, from: &random)
            // A file that is there is whole.
            try FileContent.write("\(id)\n".utf8, to: path + ".new")
            guard rename(path + ".new", path) == 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
            return id
        }
        let content = String(decoding: try FileContent.read(path), as: UTF8.self)
        let text = content.split(whereSeparator: \.isWhitespace).first ?? ""
        guard let id = ID<Agent>(text) else { throw .invalidID(path: path, content: String(content.prefix(60))) }
        return id
    }
}
