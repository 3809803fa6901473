import Domain
import JSON
import Storage

/// What somebody has sent to a hook.
public struct HookDelivery: Sendable {
    public let body: [UInt8]
    /// By their names in lower case.
    public let headers: [String: String]
    public let query: [String: String]

    public init(body: [UInt8], headers: [String: String], query: [String: String]) {
        self.body = body
        self.headers = headers
        self.query = query
    }

    /// What is nobody's business but the door's.
    private static let hidden: Set = ["authorization", "cookie", "proxy-authorization"]

    /// What templates and events see of it.
    ///
    /// - Parameter signature: the header that holds it is left out: it may be repeated as long as it is fresh.
    func shown(without signature: HookSignature) -> JSONObject {
        let headers = headers.filter { !Self.hidden.contains($0.key) && $0.key != signature.header.lowercased() }
        return [
            "body": content, "headers": Self.object(headers), "query": Self.object(query),
        ]
    }

    private static func object(_ values: [String: String]) -> JSONValue {
        .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    /// JSON as what it is, a form as an object of texts, and all else as text.
    private var content: JSONValue {
        let text = String(decoding: body, as: UTF8.self)
        if headers["content-type"]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true {
            return FormText.value(of: text)
        }
        return (try? JSONValue(parsing: body)) ?? .string(text)
    }
}

/// What a form sends (the URL standard, 5.1).
enum FormText {
    /// An object of texts. A member that is JSON, as GitHub's `payload` is, becomes what it holds.
    static func value(of text: String) -> JSONValue {
        let pairs = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(decoded)
            let value = parts.count > 1 ? parts[1] : ""
            let json = value.hasPrefix("{") ? try? JSONValue(parsing: value) : nil
            return (parts[0], json ?? .string(value))
        }
        return .object(JSONObject(pairs))
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                bytes.append(UInt8(digits[0] << 4 | digits[1]))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
