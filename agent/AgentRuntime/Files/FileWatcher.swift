import Dispatch
import Domain
import Logging
import Wire

/// Looks for files that appear in watched folders, and tells the server of each until that has it.
///
/// Folders are read once a second: notifications of the kernel tell nothing of what others do to a network's file
/// system.
actor FileWatcher {
    /// Files that are told of in one message, at most.
    static let batchSize = 200

    private let configuration: FileWatching
    private let repetition: Duration
    private let record: SeenFileRecord
    private let send: @Sendable (AgentMessage, _ session: UInt64) -> Void
    private let logger: Logger
    /// Reading may hang with the network: it is nobody else's thread that does.
    private let reading = DispatchQueue(label: "sluice.file-watcher")

    private var sightings: FileSightings
    /// Complete, and not acknowledged.
    private var waiting: [SeenFile] = []
    /// What the server has been sent, and when.
    private var sent: (batch: UInt64, count: Int, at: Duration)?
    private var batches: UInt64 = 0
    private var session: UInt64?
    private var troubles: [String: String] = [:]

    /// - Throws: `AgentDataError` when what was told cannot be read.
    init(
        _ configuration: FileWatching, record path: String, repetition: Duration, logger: Logger,
        send: @escaping @Sendable (AgentMessage, UInt64) -> Void
    ) throws {
        let (record, told) = try SeenFileRecord.open(path)
        self.configuration = configuration
        self.repetition = repetition
        self.record = record
        self.logger = logger
        self.send = send
        sightings = FileSightings(rest: configuration.rest, told: told)
    }

    /// Looks until its task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let scan = await scan()
            tell(troubles: scan.troubles)
            waiting += sightings.note(scan, at: AgentTime.read().elapsed)
            sendWaiting()
            try? await Task.sleep(for: configuration.interval)
        }
    }

    /// A session has begun, or ended.
    func use(session: UInt64?, takesFiles: Bool) {
        if session != nil, !takesFiles {
            logger.warning("this server is too old to be told of files: nothing is, until it is a newer one")
        }
        self.session = takesFiles ? session : nil
        sent = nil
        sendWaiting()
    }

    /// The server has a batch.
    func taken(_ batch: UInt64, session: UInt64) {
        guard let sent, sent.batch == batch, session == self.session else { return }
        let files = Array(waiting.prefix(sent.count))
        waiting.removeFirst(sent.count)
        self.sent = nil
        do {
            try record.append(files)
        } catch {
            logger.warning("the files that the server knows cannot be noted, and are told again: \(error)")
        }
        for file in files { logger.debug("the server knows of \(file.path)") }
        sendWaiting()
    }

    private func scan() async -> FolderScan {
        let patterns = configuration.patterns
        return await withCheckedContinuation { continuation in
            reading.async { continuation.resume(returning: FolderScan(patterns)) }
        }
    }

    private func sendWaiting() {
        guard let session, !waiting.isEmpty else { return }
        let now = AgentTime.read().elapsed
        if let sent {
            guard now - sent.at >= repetition else { return }
            // The same once more: it may have been taken already.
            self.sent?.at = now
            send(.filesSeen(batch: sent.batch, Array(waiting.prefix(sent.count))), session)
            return
        }
        batches += 1
        let files = Array(waiting.prefix(Self.batchSize))
        sent = (batches, files.count, now)
        send(.filesSeen(batch: batches, files), session)
    }

    /// Once for each folder and reason.
    private func tell(troubles now: [String: String]) {
        for (folder, reason) in now.sorted(by: { $0.key < $1.key }) where troubles[folder] != reason {
            logger.warning("the watched folder \(folder) cannot be read: \(reason)")
        }
        for folder in troubles.keys.sorted() where now[folder] == nil {
            logger.info("the watched folder \(folder) can be read again")
        }
        troubles = now
    }
}

/// What files an agent watches for, and how.
public struct FileWatching: Sendable, Hashable {
    public var patterns: [WatchPattern]
    /// How long a file is unchanged before it is taken for complete.
    public var rest: Duration
    /// Between two looks.
    public var interval: Duration

    public init(patterns: [WatchPattern] = [], rest: Duration = .seconds(2), interval: Duration = .seconds(1)) {
        self.patterns = patterns
        self.rest = rest
        self.interval = interval
    }
}
