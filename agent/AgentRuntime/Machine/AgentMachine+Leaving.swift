import Domain
import Wire

extension AgentMachine {
    /// The agent takes no more runs, because it is to end.
    struct Departure: Sendable {
        enum Reason: Sendable {
            /// The server asked; what executes may end first.
            case drain
            /// The children are being stopped.
            case stop
        }

        var reason: Reason
        /// When it ends at the latest.
        var deadline: Duration?
    }

    mutating func drain(_ reason: String) {
        guard departure == nil else { return }
        log(.info, "the server takes this agent out of service: \(reason)")
        departure = Departure(reason: .drain, deadline: nil)
    }

    mutating func leave(_ leaving: Leaving, at now: AgentTime) {
        giveBackUnstarted("the agent was told to end")
        switch leaving {
        case .leave:
            send(.goodbye(reason: "the agent was told to end; what it started goes on"))
            exit(.left(.leave))
        case .stop:
            guard departure?.reason != .stop else { return }
            let living = ordered.filter(\.hasChild)
            for attempt in living { stop(attempt.key, grace: attempt.grace, reason: "the agent was told to end") }
            let grace = living.map(\.grace).max() ?? .zero
            departure = Departure(reason: .stop, deadline: now.elapsed + grace + timing.farewell)
        }
    }

    /// What nobody has started can be executed elsewhere at once.
    mutating func giveBackUnstarted(_ reason: String) {
        for attempt in ordered where attempt.phase == .preparing {
            emit(.cancelPreparation(attempt.key))
            if !attempt.isFenced {
                send(.assignmentAnswer(attempt.key, declined: reason))
                emit(.spool(.finished(attempt.key)))
            }
            forget(attempt.key)
        }
    }

    /// The disk has no room, or has room again: without it no run is taken, and what executes goes on.
    mutating func noteDisk(_ trouble: String?) {
        guard trouble != diskTrouble else { return }
        if let trouble {
            if diskTrouble == nil { log(.error, "\(trouble); no runs are taken until there is room") }
            diskTrouble = trouble
            giveBackUnstarted(trouble)
        } else {
            log(.info, "there is room on the disk again; runs are taken")
            diskTrouble = nil
        }
    }

    /// Ends the agent when nothing is left to wait for.
    mutating func depart(at now: AgentTime) {
        guard let departure else { return }
        let isOverdue = departure.deadline.map { $0 <= now.elapsed } ?? false
        let isConnected = if case .welcomed = session { true } else { false }
        let isDone =
            switch departure.reason {
            case .drain: attempts.isEmpty
            case .stop: attempts.isEmpty || isOverdue || (!isConnected && !attempts.values.contains { $0.hasChild })
            }
        guard isDone else { return }
        send(.goodbye(reason: departure.reason == .drain ? "drained" : "the agent was told to end"))
        exit(departure.reason == .drain ? .drained : .left(.stop))
    }

    mutating func exit(_ reason: AgentExit) {
        hasExited = true
        emit(.exit(reason))
    }
}
