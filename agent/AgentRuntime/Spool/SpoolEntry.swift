public import Wire

/// What an agent writes down so that the next one knows it.
public enum SpoolEntry: Sendable, Hashable {
    /// An assignment was taken.
    case taken(AttemptKey, lease: Duration, grace: Duration)
    /// A fact that the server is to be told.
    case report(Report)
    /// The server has committed the reports up to `sequence`.
    case acknowledged(AttemptKey, sequence: Int)
    /// Nothing more is to be said of the attempt.
    case finished(AttemptKey)

    var key: AttemptKey {
        switch self {
        case .taken(let key, _, _), .acknowledged(let key, _), .finished(let key): key
        case .report(let report): report.key
        }
    }
}

/// What the spool knows of one attempt.
public struct SpooledAttempt: Sendable, Hashable {
    public let key: AttemptKey
    public let lease: Duration
    public let grace: Duration
    /// Those not acknowledged, in order.
    public var reports: [Report] = []
    public var nextSequence = 1
    public var isStartReported = false
    public var isEndReported = false

    public init(key: AttemptKey, lease: Duration, grace: Duration) {
        self.key = key
        self.lease = lease
        self.grace = grace
    }

    mutating func apply(_ report: Report) {
        // Written twice, or an earlier one was lost: what is there counts.
        guard report.sequence >= nextSequence else { return }
        reports.append(report)
        nextSequence = report.sequence + 1
        switch report.fact {
        case .preparing: break
        case .started: isStartReported = true
        case .ended: isEndReported = true
        }
    }
}

/// The entries that still matter.
struct SpoolLedger: Sendable {
    /// In the order of their taking.
    private(set) var attempts: [SpooledAttempt] = []

    var isEmpty: Bool { attempts.isEmpty }

    /// - Returns: Whether the entry made sense: what it is about was taken before.
    @discardableResult
    mutating func apply(_ entry: SpoolEntry) -> Bool {
        let index = attempts.firstIndex { $0.key == entry.key }
        if case .taken(let key, let lease, let grace) = entry {
            if index == nil { attempts.append(SpooledAttempt(key: key, lease: lease, grace: grace)) }
            return true
        }
        guard let index else { return false }
        switch entry {
        case .taken: break
        case .report(let report): attempts[index].apply(report)
        case .acknowledged(_, let sequence):
            attempts[index].reports.removeAll { $0.sequence <= sequence }
            attempts[index].nextSequence = max(attempts[index].nextSequence, sequence + 1)
        case .finished: attempts.remove(at: index)
        }
        return true
    }

    /// The fewest entries that say the same.
    var entries: [SpoolEntry] {
        attempts.flatMap { attempt -> [SpoolEntry] in
            let acknowledged = (attempt.reports.first?.sequence ?? attempt.nextSequence) - 1
            return [.taken(attempt.key, lease: attempt.lease, grace: attempt.grace)]
                + (acknowledged > 0 ? [.acknowledged(attempt.key, sequence: acknowledged)] : [])
                + attempt.reports.map(SpoolEntry.report)
        }
    }
}
