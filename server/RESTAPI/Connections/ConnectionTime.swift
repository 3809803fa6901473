/// What one connection's client has kept the server waiting for, and until when it may: pure, told what happens and
/// when. Times are those of a clock that only goes forward.
struct ConnectionTime {
    typealias Time = ContinuousClock.Instant

    private var limits: ConnectionLimits
    /// Since when the server waits for the head of a request; nil while it reads or answers one.
    private(set) var idleSince: Time?
    /// Requests whose head has come and whose answer has not ended.
    private(set) var open = 0
    private var isReadingBody = false
    /// Since when more of a body is asked for.
    private var askedSince: Time?
    /// How long a body was waited for, and how much of it has come.
    private var waited: Duration = .zero
    private var received = 0
    /// Pieces of answers that the client has not taken, and when it last took one.
    private var unsent = 0
    private var lastTaken: Time

    init(_ limits: ConnectionLimits, at now: Time) {
        self.limits = limits
        idleSince = now
        lastTaken = now
    }

    /// Whether nothing is lost but the connection itself when it is closed.
    var isIdle: Bool { open == 0 && unsent == 0 }

    /// When the client has kept the server waiting for too long; nil while it is the server's turn.
    var deadline: Time? {
        [idleSince.map { $0 + limits.patience }, bodyDeadline, unsent > 0 ? lastTaken + limits.patience : nil]
            .compactMap(\.self).min()
    }

    private var bodyDeadline: Time? {
        guard isReadingBody, let askedSince else { return nil }
        let earned = Duration.seconds(received) / max(1, limits.slowestRate)
        return askedSince + limits.patience + earned - waited
    }

    // MARK: - Requests

    mutating func headCame() {
        open += 1
        idleSince = nil
        (isReadingBody, waited, received) = (true, .zero, 0)
        askedSince = nil
    }

    mutating func bodyCame(_ bytes: Int, at now: Time) {
        if let askedSince { waited += now - askedSince }
        askedSince = nil
        received += bytes
    }

    mutating func bodyEnded() { isReadingBody = false }

    /// The server wants to read on.
    mutating func asked(at now: Time) { askedSince = askedSince ?? now }

    // MARK: - Answers

    mutating func sending(at now: Time) {
        if unsent == 0 { lastTaken = now }
        unsent += 1
    }

    mutating func sent(at now: Time) {
        unsent -= 1
        lastTaken = now
    }

    mutating func answerEnded(at now: Time) {
        open = max(0, open - 1)
        if open == 0 { idleSince = now }
    }

    /// The server is shutting down.
    mutating func hurry() { limits.patience = min(limits.patience, ConnectionLimits.shortest) }
}
