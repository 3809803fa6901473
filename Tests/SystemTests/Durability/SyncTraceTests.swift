import Glibc
import TestSupport
import Testing

/// Nothing is acknowledged before the sync of the commit that holds it is done: seen from the server's calls to the
/// system, since no kill of a process can show a missing sync.
@Suite(.timeLimit(.minutes(5))) struct SyncTraceTests {
    private static let mark = "mark-"

    /// Has clients submit to a server that is traced.
    private func trace(lies: Bool) async throws -> SyncTrace {
        let place = try Installation()
        let disk = try FaultyDisk(under: place, FaultyDisk.Faults(lies: lies, mark: Self.mark))
        let server = try await place.startServer(environment: disk.environment)
        let clients = SubmittingClients(
            api: "http://\(place.http)/api", deployment: try await place.submissible(), prefix: Self.mark)
        async let submitting: Void = clients.run(seed: 1)
        _ = try await eventually("many acknowledgements") { clients.ledger.all.acknowledged > 200 ? true : nil }
        server.signal(SIGKILL)
        try await server.wait()
        await submitting
        return SyncTrace(contents(of: disk.trace))
    }

    @Test func everyAcknowledgementComesAfterTheSyncOfItsCommit() async throws {
        let trace = try await trace(lies: false)
        #expect(trace.acknowledged.count > 100)
        #expect(trace.early.isEmpty)
    }

    /// The test above would notice a missing sync.
    @Test func aMissingSyncIsFoundOut() async throws {
        let trace = try await trace(lies: true)
        #expect(trace.acknowledged.count > 100)
        #expect(trace.early.count == trace.acknowledged.count)
    }

    @Test func theTraceIsReadAsItIsMeant() {
        let commit = "W a-wal 32 24 1\nW a-wal 56 4096 0 mark-1\n"
        #expect(SyncTrace(commit + "S a-wal\nD a-wal\nA mark-1\n").early.isEmpty)
        #expect(SyncTrace(commit + "A mark-1\nS a-wal\nD a-wal\n").early == ["mark-1"])
        #expect(SyncTrace(commit + "S a-wal\nA mark-1\nD a-wal\n").early == ["mark-1"])
        // A sync that began before the commit was written whole, one of another file, and one after another commit.
        #expect(SyncTrace("S a-wal\n" + commit + "D a-wal\nA mark-1\n").early == ["mark-1"])
        #expect(SyncTrace(commit + "S a\nD a\nA mark-1\n").early == ["mark-1"])
        let long =
            "W a-wal 32 24 0\nW a-wal 56 4096 0 mark-1\nS a-wal\nD a-wal\nW a-wal 4152 24 1\nW a-wal 4176 4096 0\n"
        #expect(SyncTrace(long + "A mark-1\n").early == ["mark-1"])
        #expect(SyncTrace(long + "S a-wal\nD a-wal\nA mark-1\n").early.isEmpty)
    }
}

/// What the disk has told (see `Disk/disk.c`), and what it says of acknowledgements.
struct SyncTrace {
    /// The marks that were sent to clients.
    private(set) var acknowledged: Set<String> = []
    /// Those that were sent before the sync of the commit that holds them was done, or with no commit at all.
    private(set) var early: Set<String> = []

    /// The write-ahead log that a mark was written to first, and how far it has come.
    private enum Progress {
        case written(log: Substring)
        /// The header of the commit's last frame has been written, and its page is next.
        case closing(log: Substring)
        case committed(log: Substring)
        case syncing(log: Substring)
        case synced
    }

    init(_ text: String) {
        var progress: [String: Progress] = [:]
        /// Whether the last write to a log was the header of a commit's last frame.
        var isClosing: [Substring: Bool] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            switch words.first {
            case "W" where words.count >= 5 && words[1].hasSuffix("-wal"):
                for mark in words.dropFirst(5) where progress[String(mark)] == nil {
                    progress[String(mark)] =
                        isClosing[words[1]] == true ? .closing(log: words[1]) : .written(log: words[1])
                }
                let isHeader = words[4] == "1"
                for (mark, state) in progress {
                    switch state {
                    case .written(words[1]) where isHeader: progress[mark] = .closing(log: words[1])
                    case .closing(words[1]) where !isHeader: progress[mark] = .committed(log: words[1])
                    default: break
                    }
                }
                isClosing[words[1]] = isHeader
            case "S":
                Self.step(&progress, words[1]) {
                    if case .committed(words[1]) = $0 { .syncing(log: words[1]) } else { $0 }
                }
            case "D": Self.step(&progress, words[1]) { if case .syncing(words[1]) = $0 { .synced } else { $0 } }
            case "A":
                for mark in words.dropFirst().map(String.init) where acknowledged.insert(mark).inserted {
                    if case .synced = progress[mark] { continue }
                    early.insert(mark)
                }
            default: break
            }
        }
    }

    private static func step(
        _ progress: inout [String: Progress], _ log: Substring, _ next: (Progress) -> Progress
    ) {
        for (mark, state) in progress { progress[mark] = next(state) }
    }
}
