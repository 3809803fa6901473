extension JSONReader {
    private static let intMessage = "Input should be a valid integer"
    private static let boolMessage = "Input should be a valid boolean"
    private static let doubleMessage = "Input should be a valid number"

    public var int: Int {
        get throws(JSONReadingError) {
            switch value {
            case .integer, .number:
                if let int = value.intValue { return int }
                throw unfitNumber
            case .bool(let bool):
                return bool ? 1 : 0
            case .string(let text):
                if let int = Self.int(in: text) { return int }
                throw error("int_parsing", Self.intMessage + ", unable to parse string as an integer")
            default:
                throw error("int_type", Self.intMessage)
            }
        }
    }

    public var bool: Bool {
        get throws(JSONReadingError) {
            switch value {
            case .bool(let bool):
                return bool
            case .integer(0), .integer(1):
                return value == .integer(1)
            case .string(let text):
                if let bool = Self.bool(in: text) { return bool }
                fallthrough
            case .integer:
                throw error("bool_parsing", Self.boolMessage + ", unable to interpret input")
            default:
                throw error("bool_type", Self.boolMessage)
            }
        }
    }

    /// A finite number.
    public var double: Double {
        get throws(JSONReadingError) {
            let double: Double
            switch value {
            case .integer(let integer): double = Double(integer)
            case .number(let number): double = number.doubleValue
            case .bool(let bool): double = bool ? 1 : 0
            case .string(let text):
                guard let parsed = Double(Self.trimmed(text)) else {
                    throw error("float_parsing", Self.doubleMessage + ", unable to parse string as a number")
                }
                double = parsed
            default: throw error("float_type", Self.doubleMessage)
            }
            guard double.isFinite else { throw error("finite_number", "Input should be a finite number") }
            return double
        }
    }

    private var unfitNumber: JSONReadingError {
        let isWhole = ExactDecimal(value)?.isWhole ?? false
        return isWhole
            ? error("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size")
            : error("int_from_float", Self.intMessage + ", got a number with a fractional part")
    }

    /// The integer that a string spells: digits, a sign before them if need be, nothing but zeros after a point.
    private static func int(in text: String) -> Int? {
        let parts = trimmed(text).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first else { return nil }
        if parts.count == 2, parts[1].isEmpty || parts[1].contains(where: { $0 != "0" }) { return nil }
        return Int(whole)
    }

    private static func bool(in text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "true", "t", "yes", "y", "on": true
        case "0", "false", "f", "no", "n", "off": false
        default: nil
        }
    }

    private static func trimmed(_ text: String) -> Substring {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
