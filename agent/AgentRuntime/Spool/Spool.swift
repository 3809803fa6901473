import Glibc

/// The agent's memory across its own death: assignments taken and reports not yet acknowledged, in a file that is
/// only appended to, and cut to nothing when nothing is left to remember.
///
/// Nothing is synced. The spool must survive the agent's `kill -9`, and what a process has written does. It need not
/// survive the host's power loss: the children die with the host, and their leases end.
///
/// A write that fails (a full disk) leaves the entries in memory; each later append, and `retry`, tries again.
public final class Spool {
    /// Where a full disk and damage are told.
    public struct Health: Sendable, Hashable {
        /// Bytes of the file that were no record when it was opened.
        public var damagedBytes = 0
        /// Records about attempts that the file does not know.
        public var strayRecords = 0
        /// Why entries wait in memory, if they do.
        public var failure: String?
    }

    public private(set) var health = Health()
    private let path: String
    private var file: Int32
    private var ledger = SpoolLedger()
    /// The length of what is written and whole.
    private var length = 0
    /// Entries that are not in the file yet.
    private var waiting: [UInt8] = []
    private let compactionThreshold: Int

    /// Opens the file and reads what an earlier agent left.
    /// - Parameter compactionThreshold: The size in bytes from which on a file with something to remember is written
    ///   anew when most of it is obsolete.
    public init(path: String, compactionThreshold: Int = 1 << 20) throws(AgentDataError) {
        self.path = path
        self.compactionThreshold = compactionThreshold
        file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unusable(path: path, reason: systemReason(errno)) }
        let bytes = try FileContent.read(descriptor: file, path: path)
        let (entries, damaged) = SpoolCodec.entries(in: bytes)
        health.damagedBytes = damaged
        for entry in entries where !ledger.apply(entry) { health.strayRecords += 1 }
        length = bytes.count
        if ledger.isEmpty { truncate() } else if damaged > 0 { compact() }
    }

    deinit { close(file) }

    /// The attempts that are not finished, in the order of their taking.
    public var attempts: [SpooledAttempt] { ledger.attempts }

    /// Writes the entries in one piece.
    public func append(_ entries: some Sequence<SpoolEntry>) {
        for entry in entries {
            ledger.apply(entry)
            SpoolCodec.append(entry, to: &waiting)
        }
        if ledger.isEmpty { truncate() } else { write() }
        if length > compactionThreshold { compactIfWorthwhile() }
    }

    /// Writes what could not be written before.
    public func retry() {
        if !waiting.isEmpty { write() }
    }

    /// An empty ledger needs no entries, also none that wait.
    private func truncate() {
        waiting = []
        health.failure = nil
        guard length > 0, ftruncate(file, 0) == 0 else { return }
        length = 0
    }

    private func write() {
        guard !waiting.isEmpty else { return }
        let written = waiting.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        if written == waiting.count {
            length += written
            waiting = []
            health.failure = nil
        } else {
            health.failure = written < 0 ? systemReason(errno) : systemReason(ENOSPC)
            if written > 0 { ftruncate(file, off_t(length)) }  // No half record stays.
        }
    }

    private func compactIfWorthwhile() {
        let needed = ledger.entries.reduce(into: [UInt8]()) { SpoolCodec.append($1, to: &$0) }
        if needed.count < length / 4 { replace(by: needed) }
    }

    private func compact() {
        replace(by: ledger.entries.reduce(into: []) { SpoolCodec.append($1, to: &$0) })
    }

    /// Writes a file beside the old one, and puts it in its place in one step.
    private func replace(by bytes: [UInt8]) {
        let temporary = path + ".new"
        let fresh = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard fresh >= 0 else { return }
        let written = bytes.withUnsafeBytes { Glibc.write(fresh, $0.baseAddress, $0.count) }
        guard written == bytes.count, rename(temporary, path) == 0 else {
            close(fresh)
            unlink(temporary)
            return
        }
        close(file)
        file = fresh
        length = bytes.count
        waiting = []
        health.failure = nil
    }
}
