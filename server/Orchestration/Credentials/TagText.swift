import Secrets

extension SecretKey {
    /// The beginning of a message's tag, in hexadecimal digits.
    func tagText(of message: String, bytes count: Int) -> String {
        HexText.of(tag(of: Array(message.utf8)).prefix(count))
    }
}

/// Lower-case hexadecimal digits.
enum HexText {
    private static let digits = Array("0123456789abcdef".utf8)

    static func of(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
