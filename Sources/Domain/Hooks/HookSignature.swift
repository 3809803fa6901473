public import JSON

/// How senders show that a delivery is theirs.
public struct HookSignature: Sendable, Hashable {
    public enum Scheme: String, Sendable, CaseIterable, JSONReadable {
        /// GitHub's: `X-Hub-Signature-256: sha256=HEX`, over the body.
        case github
        /// Stripe's: `Stripe-Signature: t=SECONDS,v1=HEX`, over `SECONDS.BODY`.
        case stripe
        /// Slack's: `X-Slack-Signature: v0=HEX` and `X-Slack-Request-Timestamp`, over `v0:SECONDS:BODY`.
        case slack
        /// HMAC-SHA256 of the body in a header that is called as one likes.
        case hmac
        /// Nothing: whoever knows the address may send.
        case none
    }

    public enum Encoding: String, Sendable, CaseIterable, JSONReadable {
        case hex, base64
    }

    public let scheme: Scheme
    /// The header that holds it.
    public let header: String
    /// What stands before it there.
    public let prefix: String
    public let encoding: Encoding
    /// How far the time of a delivery may be from ours, where the scheme has one.
    public let tolerance: Duration

    /// - Parameters:
    ///   - header: for `hmac`; the others have their own.
    ///   - prefix: for `hmac`, likewise.
    ///   - encoding: for `hmac`, likewise.
    public init(
        _ scheme: Scheme, header: String? = nil, prefix: String? = nil, encoding: Encoding? = nil,
        tolerance: Duration = .seconds(300)
    ) {
        let own = Self.form(of: scheme)
        self.scheme = scheme
        self.header = scheme == .hmac ? header ?? own.header : own.header
        self.prefix = scheme == .hmac ? prefix ?? own.prefix : own.prefix
        self.encoding = scheme == .hmac ? encoding ?? .hex : .hex
        self.tolerance = tolerance
    }

    private static func form(of scheme: Scheme) -> (header: String, prefix: String) {
        switch scheme {
        case .github: ("X-Hub-Signature-256", "sha256=")
        case .stripe: ("Stripe-Signature", "v1=")
        case .slack: ("X-Slack-Signature", "v0=")
        case .hmac: ("X-Signature", "")
        case .none: ("", "")
        }
    }

    /// What a delivery claims of itself; nothing if it has no signature of this form.
    ///
    /// - Parameter headers: by their names in lower case.
    public func claim(in headers: [String: String]) -> SignatureClaim? {
        guard let value = headers[header.lowercased()] else { return nil }
        switch scheme {
        case .none: return nil
        case .github, .hmac: return tag(value).map { SignatureClaim(beforeBody: "", tags: [$0], signedAt: nil) }
        case .slack:
            guard let seconds = headers["x-slack-request-timestamp"], let time = Self.time(seconds) else { return nil }
            return tag(value).map { SignatureClaim(beforeBody: "v0:\(seconds):", tags: [$0], signedAt: time) }
        case .stripe:
            let parts = value.split(separator: ",").map { $0.drop { $0 == " " } }
            guard let seconds = parts.first(where: { $0.hasPrefix("t=") })?.dropFirst(2), let time = Self.time(seconds)
            else { return nil }
            // While a secret is changed for another, there is one for each.
            let tags = parts.prefix(20).compactMap { tag($0) }
            return SignatureClaim(beforeBody: "\(seconds).", tags: tags, signedAt: time)
        }
    }

    private func tag(_ text: some StringProtocol) -> [UInt8]? {
        guard text.hasPrefix(prefix) else { return nil }
        let encoded = text.dropFirst(prefix.count)
        switch encoding {
        case .hex: return HookText.bytes(hex: encoded)
        case .base64: return HookText.bytes(base64: encoded)
        }
    }

    private static func time(_ text: some StringProtocol) -> Timestamp? {
        guard text.utf8.count <= 12, let seconds = Int64(text), seconds >= 0 else { return nil }
        return Timestamp(microseconds: seconds * 1_000_000)
    }
}

/// What a delivery claims to be signed with.
public struct SignatureClaim: Sendable, Hashable {
    /// What is signed before the body.
    public let beforeBody: String
    /// One of them has to be right.
    public let tags: [[UInt8]]
    /// When it was signed, where the scheme tells.
    public let signedAt: Timestamp?

    /// Whether it was signed too long ago, or is from a time that is not yet: somebody may be repeating it.
    public func isStale(at now: Timestamp, tolerance: Duration) -> Bool {
        guard let signedAt else { return false }
        return now - signedAt > tolerance || signedAt - now > tolerance
    }
}

extension HookSignature: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        [
            "scheme": .string(scheme.rawValue), "header": .string(header), "prefix": .string(prefix),
            "encoding": .string(encoding.rawValue), "tolerance": tolerance.inSeconds.json,
        ]
    }

    /// Reads what was stored, or what clients want: all but the scheme may be left out.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        let header: String? = try reader.optional("header")
        if let header, header.isEmpty || !header.utf8.allSatisfy(HookText.isToken),
            try reader.required("scheme") == Scheme.hmac
        {
            throw try reader.required("header").valueError("'\(header)' is no name of a header")
        }
        self.init(
            try reader.required("scheme"), header: header, prefix: try reader.optional("prefix"),
            encoding: try reader.optional("encoding"),
            tolerance: try reader.optional("tolerance")?.timeSpan ?? .seconds(300))
    }
}

/// Texts that stand for bytes.
enum HookText {
    static func bytes(hex text: some StringProtocol) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// RFC 4648 §4 and §5, with or without padding.
    static func bytes(base64 text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count) = (0 as UInt32, 0)
        for character in text.utf8.reversed().drop(while: { $0 == UInt8(ascii: "=") }).reversed() {
            guard let value = value(of: character) else { return nil }
            (bits, count) = (bits << 6 | value, count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// Whether a name of a header may hold it (RFC 9110, 5.6.2).
    static func isToken(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return byte < 128 && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
    }
}
