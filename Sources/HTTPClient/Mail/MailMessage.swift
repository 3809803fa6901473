/// A message as it is sent: plain text to some people (RFC 5322, 2045, 2047).
public struct MailMessage: Sendable, Hashable {
    public var sender: MailAddress
    public var recipients: [MailAddress]
    public var subject: String
    public var text: String
    /// What comes before the `@` of the `Message-ID`: the same message sent twice has the same.
    public var identity: String
    /// The time of the `Date` in seconds since 1970.
    public var seconds: Int64

    public init(
        from sender: MailAddress, to recipients: [MailAddress], subject: String, text: String, identity: String,
        seconds: Int64
    ) {
        self.sender = sender
        self.recipients = recipients
        self.subject = subject
        self.text = text
        self.identity = identity
        self.seconds = seconds
    }

    /// The lines that are sent. Whatever the texts hold, they make no header and no end of the message: subject and names
    /// are encoded words as soon as they hold anything but plain letters, and the body is in base 64.
    public var bytes: [UInt8] {
        let domain = sender.address.split(separator: "@").last.map(String.init) ?? "localhost"
        let headers = [
            "Date: \(MailDate.text(seconds))", "From: \(sender.field)",
            "To: \(recipients.map(\.field).joined(separator: ",\r\n "))", "Subject: \(EncodedWords.text(subject))",
            "Message-ID: <\(identity.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })@\(domain)>",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            // No machine answers what a machine has sent (RFC 3834).
            "Auto-Submitted: auto-generated",
        ]
        return Array((headers.joined(separator: "\r\n") + "\r\n\r\n").utf8) + Radix64.lines(of: Array(canonical.utf8))
    }

    /// With lines that end as those of mail do.
    private var canonical: String {
        var result = ""
        for character in text {
            result += character == "\n" || character == "\r\n" || character == "\r" ? "\r\n" : String(character)
        }
        return result
    }
}

/// An address that messages come from or go to, with the name of whose it is.
public struct MailAddress: Sendable, Hashable {
    /// `somebody@example.org`
    public let address: String
    public let name: String?

    /// Reads `somebody@example.org` or `Some Body <somebody@example.org>`; nothing for what is neither.
    public init?(_ text: String) {
        let trimmed = text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        if let open = trimmed.lastIndex(of: "<"), trimmed.last == ">" {
            address = String(trimmed[trimmed.index(after: open)...].dropLast())
            var name = trimmed[..<open].drop { $0 == " " }
            while name.last == " " { name.removeLast() }
            if name.count > 1, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
            self.name = name.isEmpty ? nil : String(name)
        } else {
            address = trimmed
            name = nil
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = address.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"<>(),;:\\\"[]".utf8.contains($0) }
        guard !text.utf8.contains(where: { $0 < 32 || $0 == 127 }), parts.count == 2, isPlain,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 250 })
        else { return nil }
    }

    fileprivate var field: String {
        guard let name else { return address }
        let encoded = EncodedWords.text(name, isPhrase: true)
        return "\(encoded) <\(address)>"
    }
}

/// Texts in headers, where only ASCII may stand (RFC 2047).
enum EncodedWords {
    /// Bytes of UTF-8 in one word, so that a line with it has no more than 78 characters.
    private static let wordSize = 42

    /// - Parameter isPhrase: whether it is a name, in which fewer characters may stand as they are.
    static func text(_ text: String, isPhrase: Bool = false) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            guard byte >= 32, byte < 127 else { return false }
            let character = Character(UnicodeScalar(byte))
            return !isPhrase || character.isLetter || character.isNumber || " -'".contains(character)
        }
        if isPlain, text.utf8.count <= 60, !text.contains("=?") { return text }
        var words: [[UInt8]] = [[]]
        for character in text.unicodeScalars {
            let bytes = Array(String(character).utf8)
            if let last = words.last, last.count + bytes.count > wordSize { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(String(decoding: Radix64.text(of: $0), as: UTF8.self))?=" }
            .joined(separator: "\r\n ")
    }
}

/// RFC 4648 §4.
enum Radix64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(of bytes: some Collection<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var rest = bytes[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                text.append(
                    index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return text
    }

    /// In lines of 76 characters (RFC 2045, 6.8).
    static func lines(of bytes: [UInt8]) -> [UInt8] {
        var lines: [UInt8] = []
        var rest = bytes[...]
        repeat {
            lines += text(of: rest.prefix(57)) + [13, 10]
            rest = rest.dropFirst(57)
        } while !rest.isEmpty
        return lines
    }
}

/// Dates in headers (RFC 5322, 3.3).
enum MailDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 22 Nov 2026 00:01:30 +0000`
    static func text(_ seconds: Int64) -> String {
        let day = Int((Double(seconds) / 86_400).rounded(.down))
        let rest = Int(seconds) - day * 86_400
        // The calendar in whole numbers, years from March (Howard Hinnant).
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let (number, index) = (ofYear - (153 * month + 2) / 5 + 1, month < 10 ? month + 2 : month - 10)
        let full = year + era * 400 + (index <= 1 ? 1 : 0)
        let time = [rest / 3600, rest / 60 % 60, rest % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(days[((day % 7) + 7) % 7]), \(number) \(months[index]) \(full) \(time.joined(separator: ":")) +0000"
    }
}
