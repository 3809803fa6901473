import FoundationEssentials
import SwiftProtobuf

/// A message of either kind with what surrounds it on the wire: the protocol's version and the session.
public struct Envelope<Body: WireBody>: Sendable, Hashable {
    /// 0 before the session has begun.
    public var session: UInt64
    public var body: Body

    public init(session: UInt64, body: Body) {
        self.session = session
        self.body = body
    }

    /// The bytes of one ZeroMQ frame.
    public func encoded() -> [UInt8] {
        var wire = WireEnvelope()
        wire.version = WireProtocol.version
        wire.session = session
        wire.body = body.wire
        do {
            return try wire.serializedBytes()
        } catch {
            // Only a proto2 message with a missing required field, or one of more than 2 GiB, fails to encode.
            preconditionFailure("a message of the agent protocol could not be encoded: \(error)")
        }
    }

    /// Reads one frame. Any bytes are fine: what is no message is an error, never a trap.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let wire: WireEnvelope
        do {
            wire = try WireEnvelope(serializedBytes: bytes)
        } catch {
            throw .garbage
        }
        guard wire.version == WireProtocol.version else { throw .unknownVersion(wire.version) }
        guard let body = wire.body else { throw .garbage }
        session = wire.session
        self.body = try Body(wire: body)
    }
}

/// The protocol that this program speaks.
public enum WireProtocol {
    public static let version: UInt32 = 1
}

/// Why a frame is no message.
public enum WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not an envelope, or one without a message that this side takes.
    case garbage
    case unknownVersion(UInt32)
    /// A field has no meaning: its name.
    case invalidField(String)

    public var description: String {
        switch self {
        case .garbage: "not a message of the agent protocol"
        case .unknownVersion(let version):
            "protocol version \(version) is not spoken here: this side speaks version \(WireProtocol.version); "
                + "use an agent and a server of the same release"
        case .invalidField(let name): "the field \(name) has no valid value"
        }
    }
}

/// A direction of the conversation. `AgentMessage` and `ServerMessage` are the two.
public protocol WireBody: Sendable, Hashable {
    init(wire: WireEnvelope.OneOf_Body) throws(WireError)
    var wire: WireEnvelope.OneOf_Body { get }
}
