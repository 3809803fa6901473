import CSodium

extension SecretKey {
    /// What only who has the key can make of a message: its HMAC-SHA256 (RFC 2104), 32 bytes.
    public func tag(of message: [UInt8]) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: 32)
        crypto_auth_hmacsha256(&tag, message, UInt64(message.count), bytes)
        return tag
    }

    /// Whether two tags, or their beginnings, are the same. It takes as long for one that is nearly right.
    public static func isSame(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// HMAC-SHA256 (RFC 2104) with somebody else's secret, which may have any length.
public enum SharedSecret {
    /// - Returns: 32 bytes.
    public static func tag(of pieces: [[UInt8]], by secret: [UInt8]) -> [UInt8] {
        var state = crypto_auth_hmacsha256_state()
        var tag = [UInt8](repeating: 0, count: 32)
        crypto_auth_hmacsha256_init(&state, secret, secret.count)
        for piece in pieces { crypto_auth_hmacsha256_update(&state, piece, UInt64(piece.count)) }
        crypto_auth_hmacsha256_final(&state, &tag)
        return tag
    }
}
