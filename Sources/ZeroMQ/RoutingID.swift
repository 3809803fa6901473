/// A peer's identity at a router: what the peer chose for itself, or five bytes that the router made up.
///
/// It says where to send, not who is there: any peer may claim any identity, and the latest claim wins.
public struct RoutingID: Sendable, Hashable, CustomStringConvertible {
    /// 1 to 255 bytes when it comes from a router.
    public let bytes: [UInt8]

    /// An identity of these bytes; one that no peer has is merely unroutable.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The text if the bytes are printable ASCII, else hexadecimal digits after `0x`.
    public var description: String {
        if !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        return "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
