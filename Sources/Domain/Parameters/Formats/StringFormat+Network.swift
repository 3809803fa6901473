extension StringFormat {
    /// RFC 2673 §3.2: four decimal numbers without leading zeros.
    static func isIPv4(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.count), part.allSatisfy(\.isDigit) else { return false }
                if part.count > 1, part.first == UInt8(ascii: "0") { return false }
                return part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
            }
    }

    /// RFC 4291 §2.2.
    static func isIPv6(_ text: String) -> Bool {
        var groups = text.split(separator: ":", omittingEmptySubsequences: false)
        let isOpenAtStart = text.hasPrefix("::")
        let isOpenAtEnd = text.hasSuffix("::")
        guard groups.count >= 3, groups.first?.isEmpty == isOpenAtStart, groups.last?.isEmpty == isOpenAtEnd
        else { return false }
        var length = 8
        if let last = groups.last, last.contains(".") {
            guard isIPv4(String(last)) else { return false }
            groups.removeLast()
            length = 6
        }
        // A leading or trailing "::" splits into one empty group too many.
        if isOpenAtStart { groups.removeFirst() }
        if isOpenAtEnd, !groups.isEmpty { groups.removeLast() }
        let gaps = groups.filter(\.isEmpty).count
        guard groups.allSatisfy({ $0.isEmpty || $0.utf8.count <= 4 && $0.utf8.allSatisfy(\.isHexadecimalDigit) })
        else { return false }
        return gaps == 0 ? groups.count == length : gaps == 1 && groups.count <= length
    }

    /// RFC 1123 §2.1: labels of letters, digits and inner hyphens.
    static func isHostname(_ text: String) -> Bool {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return text.utf8.count <= 253 && labels.allSatisfy(isLabel)
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy { $0.isDigit || $0.isLetter || $0 == hyphen }
    }

    /// RFC 5321 §4.1.2: a dotted or quoted local part, and a host name or an address in brackets.
    static func isEmail(_ text: String) -> Bool {
        guard let at = text.lastIndex(of: "@") else { return false }
        let (local, domain) = (text[..<at], text[text.index(after: at)...])
        guard isLocalPart(local.utf8) else { return false }
        if domain.hasPrefix("["), domain.hasSuffix("]") {
            let address = String(domain.dropFirst().dropLast())
            return address.hasPrefix("IPv6:") ? isIPv6(String(address.dropFirst(5))) : isIPv4(address)
        }
        return isHostname(String(domain))
    }

    private static func isLocalPart(_ local: Substring.UTF8View) -> Bool {
        let quote = UInt8(ascii: "\"")
        if local.count >= 2, local.first == quote, local.last == quote {
            return local.dropFirst().dropLast().allSatisfy { (0x20...0x7e).contains($0) && $0 != quote }
        }
        let marks = "!#$%&'*+-/=?^_`{|}~".utf8
        return local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { $0.isDigit || $0.isLetter || $0 >= 0x80 || marks.contains($0) }
        }
    }

    /// RFC 3986 §3: with a scheme.
    static func isURI(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let scheme = text.utf8[..<colon]
        let marks = "+-.".utf8
        guard let first = scheme.first, first.isLetter,
            scheme.allSatisfy({ $0.isDigit || $0.isLetter || marks.contains($0) })
        else { return false }
        return isURIReference(text)
    }

    /// RFC 3986 §4.1, without looking into the authority further than its brackets and port.
    static func isURIReference(_ text: String) -> Bool {
        guard hasOnlyURICharacters(text), text.utf8.filter({ $0 == UInt8(ascii: "#") }).count <= 1 else { return false }
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

    private static func hasOnlyURICharacters(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let marks = "-._~:/?#[]@!$&'()*+,;=%".utf8
        return bytes.indices.allSatisfy { place in
            let byte = bytes[place]
            if byte == UInt8(ascii: "%") {
                return place + 2 < bytes.count && bytes[place + 1].isHexadecimalDigit
                    && bytes[place + 2].isHexadecimalDigit
            }
            return byte.isDigit || byte.isLetter || marks.contains(byte)
        }
    }
}
