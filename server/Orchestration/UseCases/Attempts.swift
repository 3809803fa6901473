public import Domain
import Storage

/// Names one attempt at one run.
public struct AttemptName: Sendable, Hashable {
    public let run: ID<FlowRun>
    public let attempt: Int

    public init(run: ID<FlowRun>, attempt: Int) {
        self.run = run
        self.attempt = attempt
    }
}

/// What an agent says of an attempt.
public struct AttemptReport: Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        case preparing(message: String)
        case started(at: Timestamp, codeRevision: String? = nil)
        case ended(AttemptEnd)
    }

    public let name: AttemptName
    /// From 1 within the attempt, without gaps.
    public let sequence: Int
    public let fact: Fact

    public init(name: AttemptName, sequence: Int, fact: Fact) {
        self.name = name
        self.sequence = sequence
        self.fact = fact
    }

    /// Which code the attempt executes, if this says so.
    var codeRevision: String? {
        if case .started(_, let revision) = fact { revision } else { nil }
    }

    var event: RunEvent {
        switch fact {
        case .preparing(let message): .preparing(attempt: name.attempt, message: message)
        case .started(let time, _): .started(attempt: name.attempt, at: time)
        case .ended(let end): .ended(attempt: name.attempt, end)
        }
    }
}

/// What the server made of a report.
public enum ReportAnswer: Sendable, Hashable {
    /// It, and all before it, is committed.
    case taken(through: Int)
    /// One before it is missing: it is to be repeated in order.
    case outOfOrder
    /// The attempt is over for the server; nothing that it says counts.
    case fenced
}

extension Orchestrator {
    /// Takes reports in their order. Each is taken once, however often it is repeated.
    public func take(_ reports: [AttemptReport], from agent: ID<Agent>) async throws -> [ReportAnswer] {
        try await change { change in
            var answers: [ReportAnswer] = []
            var rest = reports[...]
            while let first = rest.first {
                let ofOne = rest.prefix { $0.name == first.name }
                answers += try change.take(ofOne, of: first.name, from: agent)
                rest = rest.dropFirst(ofOne.count)
            }
            for answer in answers where answer == .fenced { change.count(.reportFenced) }
            return answers
        }
    }

    /// Takes back assignments that did not reach their agent, or that it declined before anything was executed.
    ///
    /// - Parameter wait: how long to leave the run alone; an agent that declines would be offered it again at once.
    public func takeBack(_ names: [AttemptName], reason: String, wait: Duration = .zero) async throws {
        try await change { change in
            for name in names {
                let event = RunEvent.returned(attempt: name.attempt, reason: reason, wait: wait)
                if try change.attempt(event, on: name.run) { change.count(.attemptTakenBack) }
            }
        }
    }

    /// Renews the leases of those attempts that the agent still holds: each has its whole length from now on. An
    /// extension from before a restart of the server is over by this (see `extendLeases`).
    public func renew(_ holding: [AttemptName], of agent: ID<Agent>) async throws -> Renewal {
        try await change { change in
            let leases = try change.store.leases(of: agent)
            let byName = Dictionary(
                leases.map { (AttemptName(run: $0.runID, attempt: $0.attempt), $0) }, uniquingKeysWith: { $1 })
            for name in holding {
                guard let lease = byName[name] else { continue }
                try change.store.setDeadline(of: lease, to: change.leaseTime + lease.duration)
            }
            return Renewal(
                fenced: holding.filter { byName[$0] == nil }, stops: try change.stopOrders(for: agent))
        }
    }

    /// What an agent that has just come back has to stop.
    public func stopOrders(for agent: ID<Agent>) async throws -> [StopOrder] {
        try await change { try $0.stopOrders(for: agent) }
    }
}

/// What a heartbeat has led to.
public struct Renewal: Sendable {
    /// Attempts that the agent named and does not hold any more.
    public let fenced: [AttemptName]
    /// Attempts that it has to stop: said again with every heartbeat, since a message may get lost.
    public let stops: [StopOrder]
}

extension Change {
    /// Takes what was said of one attempt. However much it is, the run is stored once.
    fileprivate mutating func take(
        _ reports: ArraySlice<AttemptReport>, of name: AttemptName, from agent: ID<Agent>
    ) throws -> [ReportAnswer] {
        guard let (known, head) = try store.reported(run: name.run, attempt: name.attempt) else {
            return reports.map { _ in .fenced }
        }
        var (machine, effects, taken) = (head.machine, [RunEffect](), known)
        let answers = try reports.map { report -> ReportAnswer in
            guard report.sequence > taken else { return .taken(through: taken) }
            guard report.sequence == taken + 1 else { return .outOfOrder }
            guard machine.holder == agent else { return .fenced }
            do {
                effects += try decide(report.event, &machine)
            } catch let error as IllegalTransition {
                if case .fenced = error.reason { return .fenced }
                throw error
            }
            taken = report.sequence
            return .taken(through: taken)
        }
        guard taken > known else { return answers }
        try commit(machine, over: head, effects)
        try store.setReportsTaken(
            run: name.run, attempt: name.attempt, taken,
            codeRevision: reports.lazy.compactMap(\.codeRevision).first)
        return answers
    }

    /// Lets a run take an event of one of its attempts, if that attempt still counts.
    ///
    /// - Returns: whether it did.
    @discardableResult
    mutating func attempt(_ event: RunEvent, on run: ID<FlowRun>) throws -> Bool {
        guard let head = try store.head(run) else { return false }
        do {
            try advance(head, by: event)
            return true
        } catch let error as IllegalTransition {
            guard case .fenced = error.reason else { throw error }
            return false
        }
    }

    fileprivate func stopOrders(for agent: ID<Agent>) throws -> [StopOrder] {
        try store.cancellingLeases(of: agent).compactMap { lease in
            guard let machine = try store.head(lease.runID)?.machine else { return nil }
            return StopOrder(
                runID: lease.runID, attempt: lease.attempt, agentID: agent, grace: machine.policy.grace,
                reason: machine.state.message ?? "cancelled")
        }
    }
}
