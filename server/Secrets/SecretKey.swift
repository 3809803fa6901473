import CSodium

/// A key that seals bytes, so that only who has it can read them, and nobody can change them unnoticed.
///
/// What is sealed begins with the version of its form and the key's ``name``, then come the nonce and the sealed bytes
/// (XChaCha20-Poly1305).
public struct SecretKey: Sendable {
    /// Bytes of a key.
    public static let size = 32
    /// Bytes of a nonce: so many that random ones never meet.
    public static let nonceSize = 24
    private static let form: UInt8 = 1
    private static let nameSize = 8
    private static let tagSize = 16
    private static let isReady: Bool = sodium_init() >= 0

    let bytes: [UInt8]
    /// Tells this key from others without giving anything of it away.
    private let name: [UInt8]

    /// - Parameter bytes: ``size`` random bytes; nil for another number of them.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size, Self.isReady else { return nil }
        self.bytes = bytes
        let purpose = Array("sluice: name of a key".utf8)
        var name = [UInt8](repeating: 0, count: 16)
        guard crypto_generichash(&name, name.count, purpose, UInt64(purpose.count), bytes, bytes.count) == 0 else {
            return nil
        }
        self.name = Array(name.prefix(Self.nameSize))
    }

    /// Seals bytes.
    ///
    /// - Parameters:
    ///   - nonce: ``nonceSize`` random bytes, never used before with this key.
    ///   - owner: what the bytes belong to: they can be opened as belonging to it, and to nothing else.
    public func seal(_ plain: [UInt8], nonce: [UInt8], of owner: [UInt8]) throws(SecretFailure) -> [UInt8] {
        guard nonce.count == Self.nonceSize else { throw .damaged }
        var sealed = [UInt8](repeating: 0, count: plain.count + Self.tagSize)
        var count: UInt64 = 0
        let status = crypto_aead_xchacha20poly1305_ietf_encrypt(
            &sealed, &count, plain, UInt64(plain.count), owner, UInt64(owner.count), nil, nonce, bytes)
        guard status == 0 else { throw .damaged }
        return [Self.form] + name + nonce + sealed.prefix(Int(count))
    }

    /// Opens what was sealed.
    ///
    /// - Throws: `SecretFailure.otherKey` when another key has sealed it, `.damaged` when it was changed since, or
    ///   belongs to something else.
    public func open(_ sealed: [UInt8], of owner: [UInt8]) throws(SecretFailure) -> [UInt8] {
        let head = 1 + Self.nameSize + Self.nonceSize
        guard sealed.count >= head + Self.tagSize, sealed[0] == Self.form else { throw .damaged }
        guard Array(sealed[1..<1 + Self.nameSize]) == name else { throw .otherKey }
        let (nonce, body) = (Array(sealed[1 + Self.nameSize..<head]), Array(sealed[head...]))
        var plain = [UInt8](repeating: 0, count: body.count)
        var count: UInt64 = 0
        let status = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plain, &count, nil, body, UInt64(body.count), owner, UInt64(owner.count), nonce, bytes)
        guard status == 0 else { throw .damaged }
        return Array(plain.prefix(Int(count)))
    }
}

/// Why something that is sealed cannot be opened.
public enum SecretFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no key.
    case noKey
    /// Another key has sealed it.
    case otherKey
    /// It was changed, or belongs to something else.
    case damaged

    public var description: String {
        switch self {
        case .noKey: "the key that secrets are sealed with is missing: put secrets.key back into the data directory"
        case .otherKey:
            "it was sealed with another key than the secrets.key in the data directory: put the former file back"
        case .damaged: "what is sealed was damaged, or is in another place than it was sealed for"
        }
    }
}
