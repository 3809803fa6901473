public import Domain
import JSON

/// Who fetches an image, as an engine is told with each fetch.
public struct RegistryLogin: Sendable, Hashable {
    /// Where it is from, for who is to correct it.
    enum Source: Sendable, Hashable {
        case deployment
        case file(String)
    }

    let username: String
    private let password: String
    /// In the place of both, where a registry has given one.
    private let identityToken: String?
    let source: Source

    /// Those of a deployment.
    public init(_ credentials: RegistryCredentials) {
        (username, password, identityToken) = (credentials.username, credentials.password, nil)
        source = .deployment
    }

    init(username: String, password: String, identityToken: String?, source: Source) {
        (self.username, self.password, self.identityToken) = (username, password, identityToken)
        self.source = source
    }

    /// The value of `X-Registry-Auth`.
    func header(for registry: String) -> String {
        var object: JSONObject = ["serveraddress": .string(registry)]
        if let identityToken {
            object["identitytoken"] = .string(identityToken)
        } else {
            object["username"] = .string(username)
            object["password"] = .string(password)
        }
        return Radix64.encoded(Array(JSONValue.object(object).serialized().utf8))
    }
}

/// Not to be printed by mistake.
extension RegistryLogin: CustomStringConvertible, CustomReflectable {
    public var description: String { "the login of \(username)" }
    public var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}

/// Bytes as letters, digits and `-_`, with padding, which is what engines read; `+/` are read as well.
enum Radix64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let piece = bytes[start..<min(start + 3, bytes.count)]
            let number = piece.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - piece.count))
            for position in 0..<4 {
                text.append(position <= piece.count ? digits[number >> (18 - 6 * position) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nothing for what is none.
    static func decoded(_ text: String) -> [UInt8]? {
        var (bytes, number, bits): ([UInt8], Int, Int) = ([], 0, 0)
        for character in text.utf8 where character != UInt8(ascii: "=") {
            let plain: UInt8 = character == UInt8(ascii: "+") ? 45 : character == UInt8(ascii: "/") ? 95 : character
            guard let digit = digits.firstIndex(of: plain) else { return nil }
            (number, bits) = (number << 6 | digit, bits + 6)
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: number >> bits))
            number &= 1 << bits - 1
        }
        return bytes
    }
}
