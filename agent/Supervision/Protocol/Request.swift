/// What the agent asks of the supervisor. A frame is its length (4 bytes), the kind (1 byte) and the fields.
enum Request: Equatable {
    /// The first frame, understood by every version.
    case hello(version: UInt16)
    case start(StartRequest)
    case stop(token: String, grace: UInt64)
    /// Leases end at `deadline`: a point in time, so that nothing is added by the way to the supervisor.
    case renew(tokens: [String], deadline: Uptime)
    /// Leases end at `deadline` at the latest.
    case limit(tokens: [String], deadline: Uptime)
    case acknowledge(token: String)
    /// Answered with the same `query` number.
    case list(query: UInt32)
    case shutdown
    case openZygote(ZygoteRequest)
    case closeZygote(key: String)

    /// The version of the protocol. Raise it with every change of a frame.
    static let version: UInt16 = 3
    /// Guards against somebody who connects by mistake.
    static let magic: UInt32 = 0x5355_4c53
    /// The longest frame that a supervisor accepts: more than `execve` takes.
    static let longest = 8 << 20

    private enum Kind: UInt8 {
        case hello = 1
        case start, stop, renew, acknowledge, list, shutdown, limit, openZygote, closeZygote
    }

    func encode(into writer: inout FieldWriter) {
        writer.frame { frame in
            switch self {
            case .hello(let version):
                frame.integer(Kind.hello.rawValue)
                frame.integer(Request.magic)
                frame.integer(version)
            case .start(let start):
                frame.integer(Kind.start.rawValue)
                start.encode(into: &frame)
            case .stop(let token, let grace):
                frame.integer(Kind.stop.rawValue)
                frame.text(token)
                frame.integer(grace)
            case .renew(let tokens, let deadline):
                frame.integer(Kind.renew.rawValue)
                Self.encode(tokens, deadline, into: &frame)
            case .limit(let tokens, let deadline):
                frame.integer(Kind.limit.rawValue)
                Self.encode(tokens, deadline, into: &frame)
            case .acknowledge(let token):
                frame.integer(Kind.acknowledge.rawValue)
                frame.text(token)
            case .list(let query):
                frame.integer(Kind.list.rawValue)
                frame.integer(query)
            case .shutdown:
                frame.integer(Kind.shutdown.rawValue)
            case .openZygote(let zygote):
                frame.integer(Kind.openZygote.rawValue)
                zygote.encode(into: &frame)
            case .closeZygote(let key):
                frame.integer(Kind.closeZygote.rawValue)
                frame.text(key)
            }
        }
    }

    static func decode(_ reader: inout FieldReader) throws(FrameFault) -> Request {
        let number: UInt8 = try reader.integer()
        guard let kind = Kind(rawValue: number) else { throw .unknownKind(number) }
        switch kind {
        case .hello:
            guard try reader.integer(UInt32.self) == magic else { throw .invalidField }
            return .hello(version: try reader.integer())
        case .start:
            return .start(try StartRequest(&reader))
        case .stop:
            return .stop(token: try reader.text(), grace: try reader.integer())
        case .renew:
            let (tokens, deadline) = try decodeLeases(&reader)
            return .renew(tokens: tokens, deadline: deadline)
        case .limit:
            let (tokens, deadline) = try decodeLeases(&reader)
            return .limit(tokens: tokens, deadline: deadline)
        case .acknowledge:
            return .acknowledge(token: try reader.text())
        case .list:
            return .list(query: try reader.integer())
        case .shutdown:
            return .shutdown
        case .openZygote:
            return .openZygote(try ZygoteRequest(&reader))
        case .closeZygote:
            return .closeZygote(key: try reader.text())
        }
    }

    private static func encode(_ tokens: [String], _ deadline: Uptime, into frame: inout FieldWriter) {
        frame.integer(deadline.nanoseconds)
        frame.integer(UInt32(truncatingIfNeeded: tokens.count))
        for token in tokens { frame.text(token) }
    }

    private static func decodeLeases(_ reader: inout FieldReader) throws(FrameFault) -> ([String], Uptime) {
        let deadline = Uptime(nanoseconds: try reader.integer())
        return (try reader.list(smallest: 4) { (reader) throws(FrameFault) in try reader.text() }, deadline)
    }
}
