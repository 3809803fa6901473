import Domain
import FoundationEssentials
import SwiftProtobuf

extension ServerMessage: WireBody {
    public init(wire: WireEnvelope.OneOf_Body) throws(WireError) {
        switch wire {
        case .welcome(let message): self = .welcome(try Welcome(wire: message))
        case .refused(let message):
            guard let reason = RefusalReason(rawValue: message.reason.rawValue) else {
                throw .invalidField("refused.reason")
            }
            self = .refused(reason, message: message.message)
        case .assignment(let message): self = .assignment(try Assignment(wire: message))
        case .heartbeatAnswer(let message):
            self = .heartbeatAnswer(
                sequence: message.sequence, fenced: try AttemptKey.list(wire: message.fenced))
        case .acknowledge(let message): self = try Self.acknowledgement(message)
        case .stop(let message):
            self = .stop(
                try AttemptKey(wire: message.key), grace: .microseconds(message.grace), reason: message.reason)
        case .bundleChunk(let message):
            self = .bundleChunk(
                BundleChunk(
                    digest: [UInt8](message.digest), offset: message.offset, data: [UInt8](message.data),
                    total: message.total, error: message.error.nonEmpty))
        case .drain(let message): self = .drain(reason: message.reason)
        case .intermission(let message):
            self = .intermission(lease: .microseconds(message.lease), afterHeartbeat: message.afterHeartbeat)
        default: throw .garbage
        }
    }

    private static func acknowledgement(_ message: WireAcknowledge) throws(WireError) -> ServerMessage {
        switch message.what {
        case .reports(let taken):
            .reportsTaken(try AttemptKey(wire: taken.key), sequence: Int(taken.sequence), fenced: taken.fenced)
        case .logs(let taken): .logsTaken(try AttemptKey(wire: taken.key), end: taken.end)
        case .files(let taken): .filesTaken(batch: taken.batch)
        case nil: throw .invalidField("acknowledge.what")
        }
    }

    public var wire: WireEnvelope.OneOf_Body {
        switch self {
        case .welcome(let welcome): return .welcome(welcome.wire)
        case .refused(let reason, let message):
            let wireReason = WireRefused.Reason(rawValue: reason.rawValue) ?? .unspecified
            return .refused(.with { ($0.reason, $0.message) = (wireReason, message) })
        case .assignment(let assignment): return .assignment(assignment.wire)
        case .heartbeatAnswer(let sequence, let fenced):
            return .heartbeatAnswer(.with { ($0.sequence, $0.fenced) = (sequence, fenced.map(\.wire)) })
        case .reportsTaken(let key, let sequence, let fenced):
            let taken = WireReportsTaken.with {
                ($0.key, $0.sequence, $0.fenced) = (key.wire, UInt32(clamping: sequence), fenced)
            }
            return .acknowledge(.with { $0.reports = taken })
        case .logsTaken(let key, let end):
            return .acknowledge(.with { $0.logs = .with { ($0.key, $0.end) = (key.wire, end) } })
        case .filesTaken(let batch): return .acknowledge(.with { $0.files = .with { $0.batch = batch } })
        case .stop(let key, let grace, let reason):
            return .stop(.with { ($0.key, $0.grace, $0.reason) = (key.wire, grace.wholeMicroseconds, reason) })
        case .bundleChunk(let chunk): return .bundleChunk(chunk.wire)
        case .drain(let reason): return .drain(.with { $0.reason = reason })
        case .intermission(let lease, let heartbeat):
            return .intermission(.with { ($0.lease, $0.afterHeartbeat) = (lease.wholeMicroseconds, heartbeat) })
        }
    }
}

extension Welcome {
    init(wire: WireWelcome) throws(WireError) {
        self.init(
            session: wire.session, serverVersion: wire.serverVersion,
            heartbeatInterval: .microseconds(wire.heartbeatInterval), apiURL: wire.apiURL,
            serverTime: Timestamp(wire: wire.serverTime), adopted: try AttemptKey.list(wire: wire.adopted))
        takesFiles = wire.takesFiles
    }

    var wire: WireWelcome {
        .with {
            $0.session = session
            $0.serverVersion = serverVersion
            $0.heartbeatInterval = heartbeatInterval.wholeMicroseconds
            $0.apiURL = apiURL
            $0.serverTime = serverTime.microseconds
            $0.adopted = adopted.map(\.wire)
            $0.takesFiles = takesFiles
        }
    }
}

extension BundleChunk {
    var wire: WireBundleChunk {
        .with {
            $0.digest = .init(digest)
            $0.offset = offset
            $0.data = .init(data)
            $0.total = total
            $0.error = error ?? ""
        }
    }
}
