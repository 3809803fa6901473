/// An event that may not happen to a run in the state it is in.
public struct IllegalTransition: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// The event speaks of an attempt that is over; `current` is the newest one.
        case fenced(current: Int)
        /// The run has ended.
        case alreadyEnded
        /// The run does not wait for an agent, or is not due yet.
        case notReady
        /// No arrow of the table leads there.
        case notInTable(to: StateType)
    }

    public let from: RunState
    public let event: RunEvent?
    public let reason: Reason

    public var description: String {
        switch reason {
        case .fenced(let current): "fenced: attempt \(current) is the newest, and this one is over"
        case .alreadyEnded: "the run has already ended: it is \(from.name)"
        case .notReady: "the run does not wait for an agent: it is \(from.name)"
        case .notInTable(let type): "a run that is \(from.type.rawValue) cannot become \(type.rawValue)"
        }
    }
}
