import Domain
import Synchronization
import Wire
import ZeroMQ

@testable import AgentRuntime

/// A host: its disk and its clock, an agent around the real machine, and a supervisor.
struct SimulatedHost {
    let index: Int
    let agentID: ID<Agent>
    let peer: RoutingID
    let configuration: AgentConfiguration
    let clock = SimulatedClock()
    /// What its wall clock is ahead of the truth, in microseconds.
    var clockError: Int64 = 0

    // The disk
    var spool = SimulatedSpool()
    var captures: [AttemptKey: Capture] = [:]

    // The agent's process, and what is in its memory
    var machine: AgentMachine?
    /// Grows with each process.
    var generation = 0
    var isFrozen = false
    /// What happened while it was frozen.
    var waiting: [AgentEvent] = []
    var assignments: [AttemptKey: Assignment] = [:]
    var preparing: Set<AttemptKey> = []
    var shipping: Shipping?
    var desk = ShippingDesk()
    /// The alarm that counts, and when it rings.
    var alarm = 0
    var alarmDue: Duration?
    /// It dies after so many more effects of one decision.
    var crashesAfter: Int?
    /// When the last word between agent and supervisor arrives, in microseconds.
    var lastAsked: Int64 = 0
    var lastTold: Int64 = 0

    var supervisor = SimulatedSupervisor()

    var isAgentThere: Bool { machine != nil }
    var time: AgentTime { AgentTime(elapsed: clock.elapsed, wall: clock.wall) }
}

/// The file that the agent's memory is in: what was appended to it is there after the agent's death.
struct SimulatedSpool {
    private(set) var bytes: [UInt8] = []
    private var ledger = SpoolLedger()

    /// What an agent that starts finds.
    var attempts: [SpooledAttempt] {
        var found = SpoolLedger()
        for entry in SpoolCodec.entries(in: bytes).entries { found.apply(entry) }
        return found.attempts
    }

    var isEmpty: Bool { ledger.isEmpty }

    mutating func append(_ entries: [SpoolEntry]) {
        for entry in entries {
            ledger.apply(entry)
            SpoolCodec.append(entry, to: &bytes)
        }
        if ledger.isEmpty { bytes = [] }
    }
}

/// What a child has written, in a file of its own that outlives it.
final class Capture: Sendable {
    private let pieces = Mutex<[OutputPiece]>([])

    var end: UInt64 { pieces.withLock { $0.last?.end ?? 0 } }

    func write(_ line: String, at time: Timestamp) {
        pieces.withLock { pieces in
            let begin = pieces.last?.end ?? 0
            let bytes = Array((line + "\n").utf8)
            pieces.append(
                OutputPiece(
                    stream: .standardOutput, at: time, bytes: bytes, begin: begin, end: begin + UInt64(bytes.count) + 8)
            )
        }
    }

    func pieces(from offset: UInt64) -> [OutputPiece] { pieces.withLock { $0.filter { $0.begin >= offset } } }
}

/// Reads a capture.
struct SimulatedOutput: OutputReader {
    let capture: Capture
    private(set) var offset: UInt64 = 0

    init(_ capture: Capture) { self.capture = capture }

    mutating func next(limit: Int) -> [OutputPiece] {
        let pieces = capture.pieces(from: offset)
        offset = pieces.last?.end ?? offset
        return pieces
    }

    func release(before end: UInt64) {}
}

/// What the log shipper says, until the world takes it.
final class ShippingDesk: Sendable {
    private struct State {
        var sent: [(AgentMessage, session: UInt64)] = []
        var told: [AgentEvent] = []
    }

    private let state = Mutex(State())

    func surroundings(_ clock: SimulatedClock, _ timing: AgentTiming) -> LogShipper.Surroundings {
        LogShipper.Surroundings(
            send: { message, session in self.state.withLock { $0.sent.append((message, session)) } },
            tell: { event in self.state.withLock { $0.told.append(event) } },
            mask: { _ in SecretMask([]) }, elapsed: { clock.elapsed },
            quiet: timing.lineQuiet, patience: timing.reportRepeat, warn: { _ in })
    }

    func take() -> (sent: [(AgentMessage, session: UInt64)], told: [AgentEvent]) {
        state.withLock { state in
            defer { state = State() }
            return (state.sent, state.told)
        }
    }
}
