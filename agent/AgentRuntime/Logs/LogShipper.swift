import Domain
import Wire

/// Sends what the attempts write, in turns, so that a chatterbox delays nobody: a batch of one, then a batch of the
/// next. How much may be on its way unacknowledged is bounded, for each and for all; what is beyond waits where the
/// executor keeps it.
///
/// One task runs it; everybody else leaves orders, which are taken in order.
final class LogShipper: Sendable {
    enum Order: Sendable {
        /// There is something to read. The reader is for the first time.
        case output(AttemptKey, any OutputReader)
        /// Send all there is now, then say `outputSent`, and `outputTaken` in time.
        case finish(AttemptKey, any OutputReader)
        case drop(AttemptKey)
        case taken(AttemptKey, end: UInt64)
        /// A session has begun: send again what the last one left unacknowledged, say `logsResumed`, and go on.
        case resume(session: UInt64)
        case suspend
        case tick
    }

    /// What goes out, and how the shipper learns the time.
    struct Surroundings: Sendable {
        var send: @Sendable (AgentMessage, _ session: UInt64) -> Void
        var tell: @Sendable (AgentEvent) -> Void
        /// What hides the attempt's secrets.
        var mask: @Sendable (AttemptKey) -> SecretMask
        var elapsed: @Sendable () -> Duration
        /// How long the beginning of a line waits for its end.
        var quiet: Duration
        /// How long a batch may stay unacknowledged before it is sent again.
        var patience: Duration
        var warn: @Sendable (String) -> Void
    }

    private let mail = Mail<Order>()
    private let surroundings: Surroundings

    init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
    }

    func order(_ order: Order) { mail.post(order) }

    /// Works until the task is cancelled.
    func run() async {
        var state = Shipping(surroundings)
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let orders = state.hasWork ? mail.take() : await mail.next()
                for order in orders { state.obey(order) }
                state.sendBatch()
                if let wait = state.claimTimer() {
                    group.addTask { [self] in
                        try? await Task.sleep(for: wait)
                        order(.tick)
                    }
                }
                // The batches of one turn are long enough for others to need the thread in between.
                if state.hasWork { await Task.yield() }
            }
            group.cancelAll()
        }
    }
}

/// What the shipper's task knows.
struct Shipping {
    /// Unacknowledged bytes of all attempts together.
    static let window = 8 << 20

    private let surroundings: LogShipper.Surroundings
    private var courses: [AttemptKey: OutputCourse] = [:]
    /// Those with something to send, in the order of their turns.
    private var turns: [AttemptKey] = []
    private var session: UInt64?
    private var inFlight = 0
    private var isTimerSet = false

    init(_ surroundings: LogShipper.Surroundings) {
        self.surroundings = surroundings
    }

    /// In one order always, so that what happens can be repeated.
    private var ordered: [AttemptKey] {
        courses.keys.sorted { ($0.run, $0.attempt) < ($1.run, $1.attempt) }
    }

    var hasWork: Bool { session != nil && inFlight < Self.window && !turns.isEmpty }

    mutating func obey(_ order: LogShipper.Order) {
        switch order {
        case .output(let key, let reader): change(key, reader) { $0.noteOutput() }
        case .finish(let key, let reader): change(key, reader) { $0.finish() }
        case .drop(let key): drop(key)
        case .taken(let key, let end):
            let now = surroundings.elapsed()
            change(key) { $0.noteTaken(upTo: end, at: now) }
            tellIfTaken(key)
        case .resume(let id): resume(id)
        case .suspend: session = nil
        case .tick:
            isTimerSet = false
            showWaitingLines()
            repeatOverdue()
        }
    }

    /// Sends one batch of the attempt whose turn it is.
    mutating func sendBatch() {
        guard hasWork, let session else { return }
        let key = turns.removeFirst()
        var batch: LogBatch?
        let now = surroundings.elapsed()
        change(key) { batch = $0.nextBatch(at: now) }
        if let batch { surroundings.send(.logBatch(batch), session) }
        guard var course = courses[key] else { return }
        if course.becameSent() {
            if let fault = course.fault { surroundings.warn("the output of \(key) is incomplete: \(fault)") }
            courses[key] = course
            surroundings.tell(.outputSent(key, end: course.position, lastErrors: course.lastErrors))
            tellIfTaken(key)
        }
    }

    /// How long to wait before `tick`, when something waits for time to pass and nobody has claimed the timer yet.
    mutating func claimTimer() -> Duration? {
        guard !isTimerSet, courses.values.contains(where: { $0.isWaiting || $0.inFlight > 0 }) else { return nil }
        isTimerSet = true
        return surroundings.quiet
    }

    /// Changes a course, keeps the sum of what is on its way, and gives it a turn if it has something to do.
    private mutating func change(
        _ key: AttemptKey, _ reader: (any OutputReader)? = nil, _ body: (inout OutputCourse) -> Void
    ) {
        guard var course = courses[key] ?? reader.map({ course(of: key, $0) }) else { return }
        let before = course.inFlight
        body(&course)
        inFlight += course.inFlight - before
        courses[key] = course
        if course.hasWork, !turns.contains(key) { turns.append(key) }
    }

    private func course(of key: AttemptKey, _ reader: any OutputReader) -> OutputCourse {
        OutputCourse(key: key, reader: reader, mask: surroundings.mask(key))
    }

    private mutating func drop(_ key: AttemptKey) {
        guard let course = courses.removeValue(forKey: key) else { return }
        inFlight -= course.inFlight
        turns.removeAll { $0 == key }
    }

    private mutating func tellIfTaken(_ key: AttemptKey) {
        guard courses[key]?.becameTaken() == true else { return }
        drop(key)
        surroundings.tell(.outputTaken(key))
    }

    private mutating func resume(_ id: UInt64) {
        session = id
        let now = surroundings.elapsed()
        for key in ordered {
            courses[key]?.noteSession(at: now)
            for sent in courses[key]?.unacknowledged ?? [] { surroundings.send(.logBatch(sent.batch), id) }
        }
        surroundings.tell(.logsResumed(session: id))
    }

    private mutating func repeatOverdue() {
        guard let session else { return }
        let now = surroundings.elapsed()
        for key in ordered {
            for batch in courses[key]?.overdue(after: surroundings.patience, at: now) ?? [] {
                surroundings.send(.logBatch(batch), session)
            }
        }
    }

    private mutating func showWaitingLines() {
        let now = surroundings.elapsed()
        for key in ordered {
            guard let course = courses[key], course.isWaiting, course.lastRead + surroundings.quiet <= now else {
                continue
            }
            change(key) { $0.showPending() }
        }
    }
}
