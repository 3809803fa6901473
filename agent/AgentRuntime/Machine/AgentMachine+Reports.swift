import Domain
import Wire

extension AgentMachine {
    /// Writes a fact down; `sendReports` sends it.
    mutating func report(_ key: AttemptKey, _ fact: Report.Fact, at time: Timestamp) {
        guard var attempt = attempts[key] else { return }
        let report = Report(key: key, sequence: attempt.nextSequence, occurredAt: time, fact: fact)
        attempt.nextSequence += 1
        attempt.reports.append(report)
        if case .ended = fact { attempt.isEndReported = true }
        attempts[key] = attempt
        emit(.spool(.report(report)))
    }

    mutating func reportPreparing(_ key: AttemptKey, _ message: String, at now: AgentTime) {
        guard let attempt = attempts[key], attempt.phase == .preparing, !attempt.isFenced else { return }
        report(key, .preparing(message: message), at: now.wall)
    }

    mutating func reportEnd(_ key: AttemptKey, logEnd: UInt64, lastErrors: String?) {
        guard case .ended(let child) = attempts[key]?.phase else { return }
        let end = child.end
        let message: String? =
            switch end.cause {
            case .exited(code: 0): end.message
            case .exited: [lastErrors, end.message].compactMap(\.self).joined(separator: "\n").nonEmpty
            default: end.message ?? lastErrors
            }
        let told = AttemptEnd(
            end.cause, at: end.at, message: message, cpu: end.cpu, peakMemoryBytes: end.peakMemoryBytes,
            wasOutOfMemory: end.wasOutOfMemory, lackedCode: end.lackedCode)
        report(key, .ended(told, logEnd: logEnd), at: end.at)
    }

    mutating func resumeReports(session id: UInt64) {
        guard case .welcomed(var current) = session, current.id == id else { return }
        current.areLogsResumed = true
        session = .welcomed(current)
    }

    /// Sends what was not sent in this session yet.
    mutating func sendReports(at now: AgentTime) {
        guard case .welcomed(let current) = session, current.areLogsResumed else { return }
        let speaking = attempts.values.filter { !$0.sendable(at: now.elapsed).isEmpty }
        for var attempt in speaking.sorted(by: { $0.ordinal < $1.ordinal }) {
            for report in attempt.sendable(at: now.elapsed) {
                emit(.send(.report(report), session: current.id))
                attempt.sent += 1
            }
            attempt.sentAt = now.elapsed
            attempts[attempt.key] = attempt
        }
    }

    /// Reports that nobody has acknowledged for a while are sent again, from the first.
    mutating func repeatReports(at now: AgentTime) {
        for attempt in ordered where attempt.sent > 0 && attempt.sentAt + timing.reportRepeat <= now.elapsed {
            attempts[attempt.key]?.sent = 0
        }
    }

    var repetitionDue: Duration? {
        guard case .welcomed = session else { return nil }
        return attempts.values.lazy.filter { $0.sent > 0 }.map(\.sentAt).min().map { $0 + timing.reportRepeat }
    }

    /// When the first of the starts is to be told that wait for their ends.
    var startsDue: Duration? {
        guard case .welcomed(let current) = session, current.areLogsResumed else { return nil }
        return attempts.values.lazy.compactMap(\.waitingStart).min()
    }

    mutating func noteTaken(_ key: AttemptKey, upTo sequence: Int, fenced: Bool) {
        guard var attempt = attempts[key] else { return }
        if fenced { return fence(key) }
        let acknowledged = attempt.reports.prefix { $0.sequence <= sequence }.count
        guard acknowledged > 0 else { return }
        attempt.reports.removeFirst(acknowledged)
        attempt.sent = max(0, attempt.sent - acknowledged)
        attempts[key] = attempt
        emit(.spool(.acknowledged(key, sequence: sequence)))
        finishIfDone(key)
    }

    /// Tells the server how many slots are free, when it does not know.
    mutating func offerCredit() {
        guard case .welcomed(var current) = session else { return }
        let credit = departure == nil && diskTrouble == nil ? max(0, configuration.slots - occupied) : 0
        guard credit != current.offered else { return }
        current.offered = credit
        session = .welcomed(current)
        send(.ready(credit: credit, assignmentsSeen: current.assignmentsSeen))
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
