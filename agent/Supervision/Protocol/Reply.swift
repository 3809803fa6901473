/// What the supervisor says to the agent. Framed like a `Request`.
enum Reply: Equatable {
    /// The answer to `hello`, understood by every version.
    case welcome(version: UInt16, pid: Int32)
    case event(SupervisorEvent)
    case children(query: UInt32, [ChildReport])

    private enum Kind: UInt8 {
        case welcome = 1
        case children, started, failedToStart, output, exited, zygoteReady, zygoteEnded
    }

    func encode(into writer: inout FieldWriter) {
        writer.frame { frame in
            switch self {
            case .welcome(let version, let pid):
                frame.integer(Kind.welcome.rawValue)
                frame.integer(Request.magic)
                frame.integer(version)
                frame.integer(pid)
            case .event(let event):
                Self.encode(event, into: &frame)
            case .children(let query, let reports):
                frame.integer(Kind.children.rawValue)
                frame.integer(query)
                frame.integer(UInt32(truncatingIfNeeded: reports.count))
                for report in reports { report.encode(into: &frame) }
            }
        }
    }

    private static func encode(_ event: SupervisorEvent, into frame: inout FieldWriter) {
        switch event {
        case .started(let token, let pid, let at):
            frame.integer(Kind.started.rawValue)
            frame.text(token)
            frame.integer(pid)
            frame.integer(at)
        case .failedToStart(let token, let reason):
            frame.integer(Kind.failedToStart.rawValue)
            frame.text(token)
            reason.encode(into: &frame)
        case .output(let token, let captured):
            frame.integer(Kind.output.rawValue)
            frame.text(token)
            frame.integer(captured)
        case .exited(let token, let exit):
            frame.integer(Kind.exited.rawValue)
            frame.text(token)
            exit.encode(into: &frame)
        case .zygoteReady(let key, let pid, let bytes):
            frame.integer(Kind.zygoteReady.rawValue)
            frame.text(key)
            frame.integer(pid)
            frame.integer(bytes)
        case .zygoteEnded(let key, let status):
            frame.integer(Kind.zygoteEnded.rawValue)
            frame.text(key)
            status.encode(into: &frame)
        case .disconnected:
            frame.integer(UInt8(0))  // never sent: it is how the end of the connection is told inside the agent
        }
    }

    static func decode(_ reader: inout FieldReader) throws(FrameFault) -> Reply {
        let number: UInt8 = try reader.integer()
        guard let kind = Kind(rawValue: number) else { throw .unknownKind(number) }
        switch kind {
        case .welcome:
            guard try reader.integer(UInt32.self) == Request.magic else { throw .invalidField }
            return .welcome(version: try reader.integer(), pid: try reader.integer())
        case .children:
            let query: UInt32 = try reader.integer()
            return .children(
                query: query,
                try reader.list(smallest: 5) { (reader) throws(FrameFault) in
                    try ChildReport(&reader)
                })
        case .started:
            return .event(.started(token: try reader.text(), pid: try reader.integer(), at: try reader.integer()))
        case .failedToStart:
            return .event(.failedToStart(token: try reader.text(), reason: try StartFailure(&reader)))
        case .output:
            return .event(.output(token: try reader.text(), captured: try reader.integer()))
        case .exited:
            return .event(.exited(token: try reader.text(), try ChildExit(&reader)))
        case .zygoteReady:
            return .event(
                .zygoteReady(key: try reader.text(), pid: try reader.integer(), memoryBytes: try reader.integer()))
        case .zygoteEnded:
            return .event(.zygoteEnded(key: try reader.text(), try ChildExit.Status(&reader)))
        }
    }
}
