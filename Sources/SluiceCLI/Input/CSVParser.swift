/// Splits comma-separated values as RFC 4180 has them, wherever the pieces that carry them begin and end. Lines may end
/// in LF as well.
struct CSVParser {
    /// A record, and the line that it begins in, counted from 1.
    struct Record: Equatable {
        let fields: [String]
        let line: Int
    }

    /// What is wrong with a file, and in which line.
    struct Fault: Error, Equatable {
        let line: Int
        let reason: String
    }

    private enum State {
        case fieldStart
        case plain
        case quoted
        /// A quote within quotes: the end of the field, or the first half of a quote.
        case quoteInQuoted
        /// After a carriage return.
        case lineEnd
    }

    /// More than any record needs; without it, a quote that is never closed would hold all of a file.
    private static let largestRecord = 16 << 20

    private var state = State.fieldStart
    private var field: [UInt8] = []
    private var fields: [String] = []
    private var size = 0
    private var line = 1
    private var firstLine = 1
    private var isAtStart = true
    /// Whether the record has quotes, so that an empty one is not an empty line.
    private var hasQuotes = false

    /// Takes the next piece.
    ///
    /// - Returns: the records that it completes.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(Fault) -> [Record] {
        var records: [Record] = []
        for byte in bytes {
            if try step(byte), let record = try endRecord() { records.append(record) }
        }
        return records
    }

    /// Takes the end of the file.
    mutating func finish() throws(Fault) -> Record? {
        switch state {
        case .quoted: throw Fault(line: firstLine, reason: "a quote is opened and never closed")
        case .fieldStart where fields.isEmpty: return nil
        default: return try endRecord()
        }
    }

    /// - Returns: whether a record is complete.
    private mutating func step(_ byte: UInt8) throws(Fault) -> Bool {
        size += 1
        guard size <= Self.largestRecord else {
            throw Fault(line: firstLine, reason: "a record has more than \(Self.largestRecord >> 20) MiB")
        }
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
        case (.quoted, _):
            if byte == UInt8(ascii: "\n") { line += 1 }
            field.append(byte)
        case (.quoteInQuoted, UInt8(ascii: "\"")):
            field.append(byte)
            state = .quoted
        case (.fieldStart, UInt8(ascii: "\"")):
            state = .quoted
            hasQuotes = true
        case (_, UInt8(ascii: "\n")): return true
        case (.lineEnd, _): throw Fault(line: line, reason: "a carriage return stands alone; put the field in quotes")
        case (_, UInt8(ascii: ",")): try endField()
        case (_, UInt8(ascii: "\r")): state = .lineEnd
        case (.quoteInQuoted, _): throw Fault(line: line, reason: "something follows the quote that ends a field")
        case (.plain, UInt8(ascii: "\"")):
            throw Fault(line: line, reason: "a quote within a field; put the field in quotes and double the quote")
        default:
            state = .plain
            field.append(byte)
        }
        return false
    }

    private mutating func endField() throws(Fault) {
        guard let text = String(validating: field, as: UTF8.self) else {
            throw Fault(line: line, reason: "a field is not UTF-8")
        }
        fields.append(text)
        field.removeAll(keepingCapacity: true)
        state = .fieldStart
    }

    /// A record; none for an empty line.
    private mutating func endRecord() throws(Fault) -> Record? {
        let isEmptyLine = fields.isEmpty && field.isEmpty && !hasQuotes
        try endField()
        defer {
            fields = []
            size = 0
            hasQuotes = false
            line += 1
            firstLine = line
        }
        if isEmptyLine { return nil }
        if isAtStart, let first = fields.first, first.unicodeScalars.first == "\u{FEFF}" {
            fields[0] = String(String.UnicodeScalarView(first.unicodeScalars.dropFirst()))
        }
        isAtStart = false
        return Record(fields: fields, line: firstLine)
    }
}
