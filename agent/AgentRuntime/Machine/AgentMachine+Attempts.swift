import Domain
import Wire

extension AgentMachine {
    // MARK: - Taking

    mutating func take(_ assignment: Assignment, at now: AgentTime) {
        let key = assignment.key
        guard case .welcomed(var current) = session else { return }
        if assignment.number > current.assignmentsSeen {
            current.assignmentsSeen = assignment.number
            current.offered = current.offered.map { $0 - 1 }
            session = .welcomed(current)
        }
        if attempts[key] != nil { return send(.assignmentAnswer(key, declined: nil)) }
        guard !recent.contains(key) else { return }
        if let reason = reasonToDecline(key) {
            log(.warning, "declined \(key): \(reason)")
            return send(.assignmentAnswer(key, declined: reason))
        }
        let leaseEnd = current.sending(of: assignment.afterHeartbeat) + assignment.lease
        hold(key, lease: assignment.lease, grace: assignment.grace, phase: .preparing, leaseEnd: leaseEnd)
        emit(.spool(.taken(key, lease: assignment.lease, grace: assignment.grace)))
        // The answer is not urgent: it is sent when the work on the way to the child's start is done.
        emit(.prepare(assignment, apiURL: current.apiURL))
        send(.assignmentAnswer(key, declined: nil))
    }

    private func reasonToDecline(_ key: AttemptKey) -> String? {
        if departure != nil { return "this agent takes no more runs" }
        if let diskTrouble { return diskTrouble }
        if occupied >= configuration.slots { return "all \(configuration.slots) slots of this agent are in use" }
        if let other = attempts.keys.first(where: { $0.run == key.run }) {
            return "attempt \(other.attempt) of this run has not ended here yet"
        }
        return nil
    }

    @discardableResult
    mutating func hold(
        _ key: AttemptKey, lease: Duration, grace: Duration, phase: HeldAttempt.Phase, leaseEnd: Duration
    ) -> HeldAttempt {
        taken += 1
        let attempt = HeldAttempt(
            key: key, lease: lease, grace: grace, ordinal: taken, phase: phase, leaseEnd: leaseEnd)
        attempts[key] = attempt
        return attempt
    }

    // MARK: - Starting

    /// All is there: the executor starts it, unless that is of no use any more.
    mutating func launch(_ key: AttemptKey, codeRevision: String?, at now: AgentTime) {
        guard let attempt = attempts[key], attempt.phase == .preparing else { return }
        let deadline = attempt.leaseEnd - now.elapsed
        if attempt.isFenced {
            forget(key)
        } else if attempt.isStopping {
            conclude(key, .stopped, "it was stopped before it was started", at: now)
        } else if deadline <= .zero {
            conclude(key, .leaseEnded, "its lease ended before it was started", at: now)
        } else {
            attempts[key]?.phase = .starting
            attempts[key]?.codeRevision = codeRevision
            emit(.start(key, deadline: deadline))
        }
    }

    mutating func concludeUnprepared(_ key: AttemptKey, _ reason: String, lacksCode: Bool, at now: AgentTime) {
        guard let attempt = attempts[key], attempt.phase == .preparing else { return }
        if attempt.isFenced { return forget(key) }
        if attempt.isStopping { return conclude(key, .stopped, reason, at: now) }
        let end = AttemptEnd(.notStarted, at: now.wall, message: reason, lackedCode: lacksCode)
        noteEnd(key, ChildEnd(end, outputEnd: 0))
    }

    /// The end of an attempt that has no child, and so no output.
    mutating func conclude(_ key: AttemptKey, _ cause: AttemptEnd.Cause, _ message: String, at now: AgentTime) {
        noteEnd(key, ChildEnd(AttemptEnd(cause, at: now.wall, message: message), outputEnd: 0))
    }

    // MARK: - Running

    mutating func noteStart(_ key: AttemptKey, processID: Int32, at time: Timestamp, _ now: AgentTime) {
        guard var attempt = attempts[key] else {
            // Started by an agent that died before it could say so, and found only now.
            return emit(.stop(key, grace: .zero))
        }
        guard attempt.phase == .starting else { return }
        attempt.phase = .running
        attempt.startWaitsUntil = now.elapsed + timing.startPause
        attempts[key] = attempt
        guard !attempt.isFenced else { return }
        report(key, .started(processID: processID, codeRevision: attempt.codeRevision), at: time)
    }

    mutating func stop(_ key: AttemptKey, grace: Duration, reason: String) {
        guard let attempt = attempts[key], attempt.isHeld else { return }
        // The server repeats itself, lest a message be lost.
        if let earlier = attempt.stopGrace, earlier <= grace { return }
        attempts[key]?.stopGrace = grace
        log(.info, "stopping \(key): \(reason)")
        switch attempt.phase {
        case .preparing: emit(.cancelPreparation(key))
        case .starting, .running:
            emit(.putUpStopSign(key))
            emit(.stop(key, grace: grace))
        case .ended: break
        }
    }

    // MARK: - Ending

    mutating func noteEnd(_ key: AttemptKey, _ end: ChildEnd) {
        guard var attempt = attempts[key] else { return emit(.finish(key)) }
        if case .ended = attempt.phase { return }
        attempt.phase = .ended(end)
        if end.outputEnd == 0 { attempt.output = .taken }
        attempts[key] = attempt
        if attempt.isFenced {
            forget(key)
        } else if attempt.output == .taken {
            reportEnd(key, logEnd: 0, lastErrors: nil)
        } else {
            emit(.finishOutput(key))
        }
    }

    mutating func loseExecutor(_ reason: String, at now: AgentTime) {
        log(.error, "the supervisor is gone: \(reason)")
        for attempt in ordered where attempt.hasChild {
            if attempt.isFenced { forget(attempt.key) } else { noteLoss(attempt.key, reason, at: now) }
        }
    }

    /// The child is gone without an exit. What it wrote until then is there, of whatever length.
    mutating func noteLoss(_ key: AttemptKey, _ reason: String, at now: AgentTime) {
        let end = AttemptEnd(.supervisorLost, at: now.wall, message: reason)
        attempts[key]?.phase = .ended(ChildEnd(end, outputEnd: 0))
        emit(.finishOutput(key))
    }

    mutating func noteOutputSent(_ key: AttemptKey, end: UInt64, lastErrors: String?) {
        guard var attempt = attempts[key], case .ended = attempt.phase, attempt.output == .open else { return }
        attempt.output = .sent
        attempts[key] = attempt
        if !attempt.isEndReported { reportEnd(key, logEnd: end, lastErrors: lastErrors) }
    }

    mutating func noteOutputTaken(_ key: AttemptKey) {
        guard let attempt = attempts[key], attempt.output == .sent else { return }
        attempts[key]?.output = .taken
        finishIfDone(key)
    }

    /// Both what it reported and what it wrote are with the server.
    mutating func finishIfDone(_ key: AttemptKey) {
        guard let attempt = attempts[key], attempt.isEndTaken, attempt.output == .taken else { return }
        emit(.spool(.finished(key)))
        forget(key)
    }

    mutating func forget(_ key: AttemptKey) {
        attempts[key] = nil
        recent.insert(key)
        emit(.finish(key))
    }
}
