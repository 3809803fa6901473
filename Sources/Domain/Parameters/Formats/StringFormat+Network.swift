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

    static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy { $0.isDigit || $0.isLetter || $0 == hyphen }
    }

    /// RFC 5321 §4.1.2: a dotted or quoted local part, and a host name or an address in brackets. With RFC 6531 the host
    /// name may be an international one.
    static func isEmail(_ text: String, international: Bool = false) -> Bool {
        guard let at = text.lastIndex(of: "@") else { return false }
        let (local, domain) = (text[..<at], text[text.index(after: at)...])
        guard isLocalPart(local.utf8) else { return false }
        if domain.hasPrefix("["), domain.hasSuffix("]") {
            let address = String(domain.dropFirst().dropLast())
            return address.hasPrefix("IPv6:") ? isIPv6(String(address.dropFirst(5))) : isIPv4(address)
        }
        return international ? isInternationalHostname(String(domain)) : isHostname(String(domain))
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
}
