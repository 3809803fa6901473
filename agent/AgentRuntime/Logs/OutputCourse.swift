import Domain
import Wire

/// One attempt's output on its way: what is read, what waits to be sent, what the server has not taken yet.
struct OutputCourse {
    /// Lines and bytes of one batch, about.
    static let lineLimit = 1000
    static let byteLimit = 256 << 10
    /// Read but unacknowledged bytes of one attempt.
    static let window = 2 << 20
    private static let releaseStep: UInt64 = 256 << 10

    struct Sent {
        var batch: LogBatch
        var cost: Int
        /// Everything before this may be forgotten once the batch is taken.
        var resume: UInt64
    }

    let key: AttemptKey
    private(set) var unacknowledged: [Sent] = []
    private(set) var inFlight = 0
    /// When something was last read, for showing a line without an end.
    private(set) var lastRead: Duration = .zero
    /// When the oldest batch on its way was sent, or the one before it was taken.
    private(set) var lastProgress: Duration = .zero
    /// Why the rest of the output cannot be had.
    private(set) var fault: String?

    private let mask: SecretMask
    private let origin: any OutputReader
    private var reader: any OutputReader
    private var splitter = LineSplitter()
    private var errors = LastErrors()
    private var lines: [PlacedLine] = []
    private var nextLine = 0
    /// Where the next batch begins: behind the last one.
    private var begin: UInt64?
    /// The server has the lines that end up to here, from an earlier agent.
    private var skipped: UInt64 = 0
    private var released: UInt64 = 0
    private var mayGoBack = true
    /// There may be something to read.
    private var mayHaveMore = true
    private var ending = Ending.open
    /// Nothing more will come; all of it was read; all of it was sent and that was said; all of it was taken.
    private enum Ending { case open, known, read, sent, taken }

    init(key: AttemptKey, reader: any OutputReader, mask: SecretMask = SecretMask([])) {
        self.key = key
        self.mask = mask
        origin = reader
        self.reader = reader
    }

    var lastErrors: String? { errors.text }
    var position: UInt64 { begin ?? reader.offset }
    var hasWork: Bool { inFlight < Self.window && (nextLine < lines.count || (mayHaveMore && ending != .read)) }
    /// The beginning of a line waits for its end.
    var isWaiting: Bool { ending == .open && splitter.hasPending }

    mutating func noteOutput() { mayHaveMore = true }

    /// No more will come than is there now.
    mutating func finish() {
        guard ending == .open else { return }
        ending = .known
        mayHaveMore = true
    }

    /// Whether everything has just been sent: true once.
    mutating func becameSent() -> Bool {
        guard ending == .read, nextLine == lines.count else { return false }
        ending = .sent
        return true
    }

    /// Whether everything has just been taken: true once.
    mutating func becameTaken() -> Bool {
        guard ending == .sent, unacknowledged.isEmpty else { return false }
        ending = .taken
        return true
    }

    /// The next batch, if there is one; reads when no lines wait.
    mutating func nextBatch(at now: Duration) -> LogBatch? {
        if nextLine == lines.count { read(at: now) }
        if unacknowledged.isEmpty { lastProgress = now }
        return cut()
    }

    /// Shows the beginnings of lines whose ends do not come.
    mutating func showPending() {
        let known = lines.count
        splitter.flush(at: reader.offset, isShowing: true, into: &lines)
        mask.hide(in: &lines[known...])
        for line in lines[known...] { errors.take(line.line) }
    }

    private mutating func read(at now: Duration) {
        lines.removeAll(keepingCapacity: true)
        nextLine = 0
        do {
            let pieces = try reader.next(limit: Self.byteLimit)
            if begin == nil { begin = pieces.first?.begin }
            for piece in pieces { splitter.split(piece, into: &lines) }
            mayHaveMore = !pieces.isEmpty
            if mayHaveMore { lastRead = now }
        } catch {
            fault = "\(error)"
            mayHaveMore = false
        }
        if !mayHaveMore, ending == .known {
            splitter.flush(at: reader.offset, isShowing: false, into: &lines)
            ending = .read
        }
        mask.hide(in: &lines[...])
        for line in lines { errors.take(line.line) }
        if skipped > 0 { lines.removeAll { $0.end <= skipped } }
    }

    private mutating func cut() -> LogBatch? {
        guard nextLine < lines.count, let from = begin else { return nil }
        let first = nextLine
        var cost = 0
        while nextLine < lines.count, !isFull(lines: nextLine - first, cost: cost) || sharesEnd(at: nextLine) {
            let line = lines[nextLine].line
            cost += line.message.utf8.count + 32
            nextLine += 1
        }
        let batch = LogBatch(
            key: key, begin: from, end: lines[nextLine - 1].end, lines: lines[first..<nextLine].map(\.line))
        begin = batch.end
        unacknowledged.append(Sent(batch: batch, cost: cost, resume: resumeOffset))
        inFlight += cost
        return batch
    }

    private func isFull(lines: Int, cost: Int) -> Bool { lines >= Self.lineLimit || cost >= Self.byteLimit }

    /// Two lines with one end must not be parted: a batch is known by its offsets.
    private func sharesEnd(at index: Int) -> Bool { index > 0 && lines[index - 1].end == lines[index].end }

    /// While lines of what was read last still wait, nothing of it may be given back.
    private var resumeOffset: UInt64 {
        guard nextLine == lines.count else { return unacknowledged.last?.resume ?? released }
        return splitter.resumeOffset(at: reader.offset)
    }

    // MARK: - What the server has taken

    mutating func noteTaken(upTo end: UInt64, at now: Duration) {
        let count = unacknowledged.prefix { $0.batch.end <= end }.count
        if count > 0 {
            lastProgress = now
            release(before: unacknowledged[count - 1].resume)
            inFlight -= unacknowledged[..<count].reduce(0) { $0 + $1.cost }
            unacknowledged.removeFirst(count)
        }
        let next = unacknowledged.first?.batch.begin ?? begin ?? end
        if next < end {
            startAnew(from: end)
        } else if next > end, mayGoBack {
            // It has lost what it took, or an agent before this one gave space back too early: what is there still
            // closes the gap. Once in a session, lest the two never come to an end.
            mayGoBack = false
            startAnew(from: end)
        }
    }

    /// A session has begun, and what is unacknowledged is sent again.
    mutating func noteSession(at now: Duration) {
        mayGoBack = true
        lastProgress = now
    }

    /// The batches that the server has not taken for so long that it may have dropped them; they are sent again.
    mutating func overdue(after patience: Duration, at now: Duration) -> [LogBatch] {
        guard !unacknowledged.isEmpty, lastProgress + patience <= now else { return [] }
        lastProgress = now
        return unacknowledged.map(\.batch)
    }

    /// Gives the space of what nobody needs any more back, in steps that are worth the call.
    private mutating func release(before offset: UInt64) {
        guard offset >= released + Self.releaseStep else { return }
        reader.release(before: offset)
        released = offset
    }

    /// The server stands inside a batch, or further than anything that was sent: an earlier agent came that far and had
    /// cut elsewhere. The output is read anew, and the lines that the server has are left out.
    private mutating func startAnew(from taken: UInt64) {
        reader = origin
        splitter = LineSplitter()
        errors = LastErrors()
        lines = []
        nextLine = 0
        unacknowledged = []
        inFlight = 0
        begin = taken
        skipped = taken
        mayHaveMore = true
        if ending != .open { ending = .known }
    }
}
