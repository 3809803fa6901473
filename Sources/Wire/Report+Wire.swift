import Domain
import FoundationEssentials
import SwiftProtobuf

extension Report {
    init(wire: WireReport) throws(WireError) {
        let fact: Fact
        let time = Timestamp(wire: wire.occurredAt)
        switch wire.fact {
        case .preparing(let preparing): fact = .preparing(message: preparing.message)
        case .started(let started):
            fact = .started(processID: started.processID, codeRevision: started.codeRevision.nonEmpty)
        case .ended(let ended): fact = .ended(try AttemptEnd(wire: ended, at: time), logEnd: ended.logEnd)
        case nil: throw .invalidField("report.fact")
        }
        guard wire.sequence > 0 else { throw .invalidField("report.sequence") }
        self.init(
            key: try AttemptKey(wire: wire.key), sequence: Int(wire.sequence), occurredAt: time, fact: fact)
    }

    var wire: WireReport {
        .with {
            $0.key = key.wire
            $0.sequence = UInt32(clamping: sequence)
            $0.occurredAt = occurredAt.microseconds
            switch fact {
            case .preparing(let message): $0.preparing = .with { $0.message = message }
            case .started(let processID, let revision):
                $0.started = .with {
                    $0.processID = processID
                    $0.codeRevision = revision ?? ""
                }
            case .ended(let end, let logEnd): $0.ended = end.wire(logEnd: logEnd)
            }
        }
    }
}

extension AttemptEnd {
    init(wire: WireEnded, at time: Timestamp) throws(WireError) {
        let cause: Cause
        switch wire.cause {
        case .exit: cause = wire.signal == 0 ? .exited(code: Int(wire.exitCode)) : .signaled(Int(wire.signal))
        case .stopped: cause = .stopped
        case .timedOut: cause = .timedOut
        case .leaseEnded: cause = .leaseEnded
        case .notStarted: cause = .notStarted
        case .supervisorLost: cause = .supervisorLost
        case .unspecified, .UNRECOGNIZED: throw .invalidField("ended.cause")
        }
        self.init(
            cause, at: time, message: wire.message.nonEmpty, cpu: .microseconds(wire.cpuMicroseconds),
            peakMemoryBytes: wire.peakMemoryBytes, wasOutOfMemory: wire.outOfMemory,
            lackedCode: wire.lackedCode)
    }

    func wire(logEnd: UInt64) -> WireEnded {
        .with {
            switch cause {
            case .exited(let code): ($0.cause, $0.exitCode) = (.exit, Int32(clamping: code))
            case .signaled(let signal): ($0.cause, $0.signal) = (.exit, Int32(clamping: signal))
            case .stopped: $0.cause = .stopped
            case .timedOut: $0.cause = .timedOut
            case .leaseEnded: $0.cause = .leaseEnded
            case .notStarted: $0.cause = .notStarted
            case .supervisorLost: $0.cause = .supervisorLost
            }
            $0.message = message ?? ""
            $0.cpuMicroseconds = cpu.wholeMicroseconds
            $0.peakMemoryBytes = peakMemoryBytes
            $0.logEnd = logEnd
            $0.outOfMemory = wasOutOfMemory
            $0.lackedCode = lackedCode
        }
    }
}
