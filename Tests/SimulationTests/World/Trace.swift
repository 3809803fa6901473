/// What happened, as a number that any difference changes; and as text for those who replay a seed.
struct Trace {
    let isTalkative: Bool
    /// FNV-1a over what happened and when.
    private(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325

    init(isTalkative: Bool) { self.isTalkative = isTalkative }

    /// Takes something into the fingerprint.
    mutating func count(_ label: String, at time: Int64) {
        mix(UInt64(bitPattern: time))
        for byte in label.utf8 { mix(UInt64(byte)) }
    }

    /// Tells those who listen. Counted too, but for what only they ask for.
    func note(_ text: @autoclosure () -> String, at time: Int64) {
        guard isTalkative else { return }
        let milliseconds = String(time / 1000)
        print(String(repeating: " ", count: max(0, 8 - milliseconds.count)) + milliseconds, text())
    }

    mutating func mix(_ value: UInt64) { fingerprint = (fingerprint ^ value) &* 0x100_0000_01b3 }
}

/// How much happened, over one seed or many.
struct Statistics: Sendable {
    var happenings = 0
    var runs = 0
    var attempts = 0
    var serverCrashes = 0
    var agentCrashes = 0
    var supervisorCrashes = 0
    var brokenConnections = 0
    /// Attempts whose lease ended.
    var expiries = 0
    /// Reports that the server refused because their attempt was over.
    var fenced = 0
    /// Runs that were executed twice at once on account of a host that could not act.
    var excused = 0

    mutating func add(_ other: Statistics) {
        happenings += other.happenings
        runs += other.runs
        attempts += other.attempts
        serverCrashes += other.serverCrashes
        agentCrashes += other.agentCrashes
        supervisorCrashes += other.supervisorCrashes
        brokenConnections += other.brokenConnections
        expiries += other.expiries
        fenced += other.fenced
        excused += other.excused
    }
}
