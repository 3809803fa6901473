import Domain
import JSON

/// A service account of Google, from the file of its key.
struct ServiceAccountKey: Sendable, Hashable {
    let email: String
    let keyID: String
    private let privateKey: String
    /// Where a token is had for a signed statement.
    let tokenURL: String

    private static let scope = "https://www.googleapis.com/auth/devstorage.read_only"
    /// What Google allows at most.
    private static let lifetime: Duration = .seconds(3600)

    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)``
    init(parsing text: String, at place: ObjectPlace) throws(ObjectStorageError) {
        let file = try? JSONValue(parsing: text)
        guard
            let email = file?["client_email"]?.stringValue, let privateKey = file?["private_key"]?.stringValue
        else {
            throw ObjectStorageError(
                .invalid(
                    "the service account's key has to be the JSON text of its file, with client_email and private_key"),
                at: place)
        }
        self.email = email
        self.privateKey = privateKey
        keyID = file?["private_key_id"]?.stringValue ?? ""
        let tokenURL = file?["token_uri"]?.stringValue ?? "https://oauth2.googleapis.com/token"
        self.tokenURL = try AddressChecks.endpoint(tokenURL, at: place)
    }

    /// A JSON Web Token that asks for leave to read, signed with RS256 (RFC 7523).
    ///
    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)`` if the key is none of RSA.
    func assertion(at now: Timestamp, for place: ObjectPlace) throws(ObjectStorageError) -> String {
        let seconds = now.microseconds / 1_000_000
        let head: JSONObject = ["alg": .string("RS256"), "typ": .string("JWT"), "kid": .string(keyID)]
        let claims: JSONObject = [
            "iss": .string(email), "scope": .string(Self.scope), "aud": .string(tokenURL), "iat": .integer(seconds),
            "exp": .integer(seconds + Self.lifetime.components.seconds),
        ]
        let text = [head, claims].map { TokenText.encode(Array(JSONValue.object($0).description.utf8)) }
            .joined(separator: ".")
        guard let signature = RSASignature.sha256(of: text, privateKey: privateKey) else {
            throw ObjectStorageError(
                .invalid("private_key in the service account's key is no RSA key in PEM, or needs a pass phrase"),
                at: place)
        }
        return "\(text).\(TokenText.encode(signature))"
    }
}

/// Base64 for URLs, without padding (RFC 4648, 5).
enum TokenText {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            text += (0...group.count).map { digits[bits >> (18 - 6 * $0) & 63] }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
