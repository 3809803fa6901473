/// URIs, IRIs and templates of them.
extension StringFormat {
    /// RFC 3986 §3, or RFC 3987 §2.2 for an international one: with a scheme.
    static func isURI(_ text: String, international: Bool = false) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let scheme = text.utf8[..<colon]
        let marks = "+-.".utf8
        guard let first = scheme.first, first.isLetter,
            scheme.allSatisfy({ $0.isDigit || $0.isLetter || marks.contains($0) })
        else { return false }
        return isURIReference(text, international: international)
    }

    /// RFC 3986 §4.1, or RFC 3987 §2.2, without looking into the authority further than its brackets and port.
    static func isURIReference(_ text: String, international: Bool = false) -> Bool {
        guard hasOnlyURICharacters(text, international: international),
            text.utf8.filter({ $0 == UInt8(ascii: "#") }).count <= 1
        else { return false }
        let parts = SchemaURI(text)
        guard let authority = parts.authority else {
            // Only an authority has brackets.
            return !text.utf8.contains { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }
        }
        let host = authority.utf8.lastIndex(of: UInt8(ascii: "@")).map { authority[authority.index(after: $0)...] }
        return isHostAndPort(host ?? authority[...])
    }

    private static func isHostAndPort(_ text: Substring) -> Bool {
        var port: Substring
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]"), isIPv6(String(text[text.index(after: text.startIndex)..<close]))
            else { return false }
            port = text[text.index(after: close)...]
        } else {
            if text.contains("[") || text.contains("]") { return false }
            port = text.firstIndex(of: ":").map { text[$0...] } ?? ""
        }
        guard port.popFirst() ?? ":" == ":" else { return false }
        return port.utf8.allSatisfy(\.isDigit)
    }

    private static func hasOnlyURICharacters(_ text: String, international: Bool) -> Bool {
        let marks = "-._~:/?#[]@!$&'()*+,;=".unicodeScalars
        var isInQuery = false
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "%" {
                guard takesHexadecimalPair(&rest) else { return false }
            } else if scalar.isASCII {
                guard UInt8(scalar.value).isDigit || UInt8(scalar.value).isLetter || marks.contains(scalar)
                else { return false }
                if scalar == "?" { isInQuery = true }
                if scalar == "#" { isInQuery = false }
            } else {
                guard international, scalar.isInternational || isInQuery && scalar.isForPrivateUse
                else { return false }
            }
        }
        return true
    }

    /// Steps over the two digits of a percent-encoded byte.
    private static func takesHexadecimalPair(_ rest: inout Substring.UnicodeScalarView) -> Bool {
        let pair = rest.prefix(2)
        guard pair.count == 2, pair.allSatisfy({ $0.hexadecimalDigit != nil }) else { return false }
        rest = rest.dropFirst(2)
        return true
    }
}

// MARK: URI templates

extension StringFormat {
    /// RFC 6570 §2.
    static func isURITemplate(_ text: String) -> Bool {
        let others = "\"<>\\^`|}".unicodeScalars
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "{":
                guard let end = rest.firstIndex(of: "}"), isExpression(rest[..<end]) else { return false }
                rest = rest[rest.index(after: end)...]
            case "%":
                guard takesHexadecimalPair(&rest) else { return false }
            case _ where scalar.isASCII:
                guard scalar.value > 0x20, scalar.value != 0x7f, !others.contains(scalar) else { return false }
            default:
                guard scalar.isInternational || scalar.isForPrivateUse else { return false }
            }
        }
        return true
    }

    private static func isExpression(_ text: Substring.UnicodeScalarView) -> Bool {
        var text = text
        if let first = text.first, "+#./;?&=,!@|".unicodeScalars.contains(first) { text = text.dropFirst() }
        return text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy(isVariable)
    }

    /// A name of letters, digits, underscores and percent-encoded bytes with single dots between, and perhaps a star or
    /// a length after it.
    private static func isVariable(_ text: Substring.UnicodeScalarView) -> Bool {
        var name = text
        if name.last == "*" {
            name = name.dropLast()
        } else if let colon = name.firstIndex(of: ":") {
            let length = name[name.index(after: colon)...]
            guard (1...4).contains(length.count), length.first != "0", length.allSatisfy({ $0.decimalDigit != nil })
            else { return false }
            name = name[..<colon]
        }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard !part.isEmpty else { return false }
            var rest = part
            while let scalar = rest.popFirst() {
                let isPlain = scalar == "_" || scalar.isASCII && UInt8(scalar.value).isLetter
                guard isPlain || scalar.decimalDigit != nil || scalar == "%" && takesHexadecimalPair(&rest)
                else { return false }
            }
            return true
        }
    }
}

extension Unicode.Scalar {
    /// `ucschar` of RFC 3987 §2.2.
    fileprivate var isInternational: Bool {
        switch value {
        case 0xa0...0xd7ff, 0xf900...0xfdcf, 0xfdf0...0xffef, 0xe1000...0xefffd: true
        case 0x10000...0xdffff: value & 0xffff <= 0xfffd
        default: false
        }
    }

    /// `iprivate` of RFC 3987 §2.2, which only a query may have.
    fileprivate var isForPrivateUse: Bool {
        switch value {
        case 0xe000...0xf8ff, 0xf0000...0xffffd, 0x100000...0x10fffd: true
        default: false
        }
    }
}
