import CSodium

/// SHA-256 over bytes that come in pieces.
public struct SHA256 {
    private var state = crypto_hash_sha256_state()

    /// libsodium picks its implementation for this processor once.
    private static let isReady: Bool = sodium_init() >= 0

    public init() {
        precondition(Self.isReady, "libsodium cannot be initialised on this machine")
        crypto_hash_sha256_init(&state)
    }

    /// Goes on with these bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        crypto_hash_sha256_update(&state, bytes.baseAddress, UInt64(bytes.count))
    }

    /// Goes on with these bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of everything so far; more may follow.
    public func digest() -> BundleDigest {
        var state = state
        var bytes = [UInt8](repeating: 0, count: 32)
        crypto_hash_sha256_final(&state, &bytes)
        return BundleDigest(bytes: SIMD32(bytes))
    }
}
