import Domain
import FoundationEssentials
import SwiftProtobuf

extension AgentMessage: WireBody {
    public init(wire: WireEnvelope.OneOf_Body) throws(WireError) {
        switch wire {
        case .hello(let message): self = .hello(try Hello(wire: message))
        case .ready(let message):
            self = .ready(credit: Int(message.credit), assignmentsSeen: message.assignmentsSeen)
        case .assignmentAnswer(let message):
            let key = try AttemptKey(wire: message.key)
            self = .assignmentAnswer(key, declined: message.declined.nonEmpty)
        case .heartbeat(let message):
            let holding = try AttemptKey.list(wire: message.holding)
            self = .heartbeat(
                Heartbeat(
                    sequence: message.sequence, holding: holding, spooledReports: Int(message.spooledReports)))
        case .report(let message): self = .report(try Report(wire: message))
        case .logBatch(let message): self = .logBatch(try LogBatch(wire: message))
        case .bundleRequest(let message):
            self = .bundleRequest(digest: [UInt8](message.digest), offset: message.offset, length: message.length)
        case .goodbye(let message): self = .goodbye(reason: message.reason)
        case .filesSeen(let message): self = .filesSeen(batch: message.batch, message.files.map { SeenFile(wire: $0) })
        default: throw .garbage
        }
    }

    public var wire: WireEnvelope.OneOf_Body {
        switch self {
        case .hello(let hello): return .hello(hello.wire)
        case .ready(let credit, let seen):
            return .ready(.with { ($0.credit, $0.assignmentsSeen) = (UInt32(clamping: credit), seen) })
        case .assignmentAnswer(let key, let declined):
            return .assignmentAnswer(.with { ($0.key, $0.declined) = (key.wire, declined ?? "") })
        case .heartbeat(let heartbeat):
            return .heartbeat(
                .with {
                    $0.sequence = heartbeat.sequence
                    $0.holding = heartbeat.holding.map(\.wire)
                    $0.spooledReports = UInt32(clamping: heartbeat.spooledReports)
                })
        case .report(let report): return .report(report.wire)
        case .logBatch(let batch): return .logBatch(batch.wire)
        case .bundleRequest(let digest, let offset, let length):
            return .bundleRequest(.with { ($0.digest, $0.offset, $0.length) = (.init(digest), offset, length) })
        case .goodbye(let reason): return .goodbye(.with { $0.reason = reason })
        case .filesSeen(let batch, let files):
            return .filesSeen(.with { ($0.batch, $0.files) = (batch, files.map(\.wire)) })
        }
    }
}

extension Hello {
    init(wire: WireHello) throws(WireError) {
        guard let agentID = ID<Agent>(bytes: wire.agentID) else { throw .invalidField("hello.agent_id") }
        self.init(
            agentID: agentID, name: wire.name, host: wire.host, agentVersion: wire.agentVersion, pool: wire.pool,
            queues: wire.queues, slots: Int(wire.slots), labels: wire.labels,
            offer: wire.hasOffer ? Resources(wire: wire.offer) : .none,
            holding: try AttemptKey.list(wire: wire.holding), processID: wire.processID)
    }

    var wire: WireHello {
        .with {
            $0.agentID = .init(agentID.bytes)
            $0.name = name
            $0.host = host
            $0.agentVersion = agentVersion
            $0.pool = pool
            $0.queues = queues
            $0.slots = UInt32(clamping: slots)
            $0.labels = labels
            if !offer.isNone { $0.offer = offer.wire }
            $0.holding = holding.map(\.wire)
            $0.processID = processID
        }
    }
}

extension Resources {
    init(wire: WireOffer) {
        self.init(cpu: Int(clamping: wire.cpu), memory: Int(clamping: wire.memory), gpu: Int(wire.gpu))
    }

    var wire: WireOffer {
        .with {
            ($0.cpu, $0.memory, $0.gpu) = (UInt64(clamping: cpu), UInt64(clamping: memory), UInt32(clamping: gpu))
        }
    }
}

extension LogBatch {
    init(wire: WireLogBatch) throws(WireError) {
        guard wire.begin <= wire.end else { throw .invalidField("log_batch.end") }
        self.init(
            key: try AttemptKey(wire: wire.key), begin: wire.begin, end: wire.end,
            lines: wire.lines.map {
                LogLine(level: Int($0.level), timestamp: Timestamp(wire: $0.timestamp), message: $0.message)
            })
    }

    var wire: WireLogBatch {
        .with {
            $0.key = key.wire
            ($0.begin, $0.end) = (begin, end)
            $0.lines = lines.map { line in
                .with {
                    $0.level = Int32(clamping: line.level)
                    $0.timestamp = line.timestamp.microseconds
                    $0.message = line.message
                }
            }
        }
    }
}

extension SeenFile {
    init(wire: WireSeenFile) {
        self.init(
            path: wire.path, inode: wire.inode, size: wire.size, modified: Timestamp(wire: wire.modifiedAt))
    }

    var wire: WireSeenFile {
        .with {
            ($0.path, $0.inode, $0.size, $0.modifiedAt) = (path, inode, size, modified.microseconds)
        }
    }
}

extension AttemptKey {
    init(wire: WireAttemptKey) throws(WireError) {
        guard let run = ID<FlowRun>(bytes: wire.runID) else { throw .invalidField("key.run_id") }
        guard wire.attempt > 0 else { throw .invalidField("key.attempt") }
        self.init(run: run, attempt: Int(wire.attempt))
    }

    static func list(wire: [WireAttemptKey]) throws(WireError) -> [AttemptKey] {
        var keys: [AttemptKey] = []
        for key in wire { keys.append(try AttemptKey(wire: key)) }
        return keys
    }

    var wire: WireAttemptKey {
        .with { ($0.runID, $0.attempt) = (.init(run.bytes), UInt32(clamping: attempt)) }
    }
}

extension String {
    /// Nothing for an empty text, which is how proto3 says "absent".
    var nonEmpty: String? { isEmpty ? nil : self }
}

extension Timestamp {
    /// Years 1 to 9999 of RFC 3339: a host whose clock is somewhere else entirely is not to write into a history what
    /// no client can read.
    private static let readable: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

    init(wire microseconds: Int64) {
        self.init(microseconds: min(max(microseconds, Self.readable.lowerBound), Self.readable.upperBound))
    }
}
