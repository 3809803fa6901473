/// A `format` of JSON Schema that is checked; others say something to people only.
///
/// Times are read as widely as pydantic reads them, which writes these formats: without an offset, or with a space
/// between date and time. To refuse what the flow would take helps nobody.
enum StringFormat: String, Sendable, CaseIterable {
    case dateTime = "date-time"
    case date, time, duration, uuid, email, uri, ipv4, ipv6, hostname, regex
    case uriReference = "uri-reference"
    case jsonPointer = "json-pointer"
    case relativeJSONPointer = "relative-json-pointer"
    case internationalEmail = "idn-email"
    case internationalHostname = "idn-hostname"
    case iri
    case iriReference = "iri-reference"
    case uriTemplate = "uri-template"

    func accepts(_ text: String) -> Bool {
        switch self {
        case .dateTime: Self.isDateTime(text)
        case .date: Self.isDate(text)
        case .time: Self.isTime(text)
        case .duration: Self.isDuration(text)
        case .uuid: Self.isUUID(text)
        case .email: Self.isEmail(text)
        case .uri: Self.isURI(text)
        case .uriReference: Self.isURIReference(text)
        case .ipv4: Self.isIPv4(text)
        case .ipv6: Self.isIPv6(text)
        case .hostname: Self.isHostname(text)
        case .regex: (try? Pattern(text)) != nil
        case .jsonPointer: Self.isJSONPointer(text[...])
        case .relativeJSONPointer: Self.isRelativeJSONPointer(text)
        case .internationalEmail: Self.isEmail(text, international: true)
        case .internationalHostname: Self.isInternationalHostname(text)
        case .iri: Self.isURI(text, international: true)
        case .iriReference: Self.isURIReference(text, international: true)
        case .uriTemplate: Self.isURITemplate(text)
        }
    }

    /// RFC 9562, with upper-case digits too.
    private static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { place, byte in
            [8, 13, 18, 23].contains(place) ? byte == UInt8(ascii: "-") : byte.isHexadecimalDigit
        }
    }

    /// RFC 6901.
    private static func isJSONPointer(_ text: Substring) -> Bool {
        guard text.isEmpty || text.hasPrefix("/") else { return false }
        return text.utf8.split(separator: UInt8(ascii: "~"), omittingEmptySubsequences: false).dropFirst()
            .allSatisfy { $0.first == UInt8(ascii: "0") || $0.first == UInt8(ascii: "1") }
    }

    /// Relative JSON Pointer (draft-bhutton-relative-json-pointer-00 §3): how many levels up, perhaps how many places
    /// along, and then `#` or a JSON pointer.
    private static func isRelativeJSONPointer(_ text: String) -> Bool {
        var rest = text[...]
        guard takesWholeNumber(&rest) else { return false }
        if let sign = rest.first, sign == "+" || sign == "-" {
            rest = rest.dropFirst()
            guard rest.first != "0", takesWholeNumber(&rest) else { return false }
        }
        return rest == "#" || isJSONPointer(rest)
    }

    /// Steps over digits that do not begin with a needless zero.
    private static func takesWholeNumber(_ rest: inout Substring) -> Bool {
        let digits = rest.utf8.prefix(while: \.isDigit)
        rest = rest[digits.endIndex...]
        return digits.count == 1 || digits.count > 1 && digits.first != UInt8(ascii: "0")
    }
}

extension UInt8 {
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
    var isLetter: Bool { self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z") }
    var isHexadecimalDigit: Bool { isDigit || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "f")) }
}
