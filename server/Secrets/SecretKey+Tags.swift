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
