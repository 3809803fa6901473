import JSON

/// The rows of a file: comma-separated values with a header, or a JSON object a line.
struct RowFile {
    enum Format: String, CaseIterable {
        case csv, jsonl
    }

    let path: String
    /// Nothing for what the name, or the first character, says.
    let format: Format?
    let input: Int32

    /// Hands over the parameters of each row, in order and with flat memory.
    func forEach(types: DeclaredTypes, _ row: (JSONObject) async throws -> Void) async throws {
        let source = try ByteSource(path: path, input: input)
        let first = try source.next()
        switch format ?? guessed(from: first) {
        case .csv:
            var reader = CSVRows(types: types, name: source.name)
            try await Self.forEachPiece(first, source) { piece in
                for parameters in try reader.take(piece) { try await row(parameters) }
            }
            if let parameters = try reader.finish() { try await row(parameters) }
        case .jsonl:
            var reader = JSONRows(types: types, name: source.name)
            try await Self.forEachPiece(first, source) { piece in
                for parameters in try reader.take(piece) { try await row(parameters) }
            }
            if let parameters = try reader.finish() { try await row(parameters) }
        }
    }

    private static func forEachPiece(
        _ first: ArraySlice<UInt8>, _ source: ByteSource, _ body: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var piece = first
        while !piece.isEmpty {
            try await body(piece)
            piece = try source.next()
        }
    }

    private func guessed(from first: ArraySlice<UInt8>) -> Format {
        for (ending, format) in [(".csv", Format.csv), (".jsonl", .jsonl), (".ndjson", .jsonl)]
        where path.lowercased().hasSuffix(ending) {
            return format
        }
        let start = first.first { !($0 == 32 || (9...13).contains($0)) }
        return start == UInt8(ascii: "{") ? .jsonl : .csv
    }
}

/// Makes rows of comma-separated values; the first record names the parameters.
struct CSVRows {
    let types: DeclaredTypes
    /// Of the file, for messages.
    let name: String
    private var parser = CSVParser()
    private var header: [String]?

    init(types: DeclaredTypes, name: String) {
        self.types = types
        self.name = name
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [JSONObject] {
        let records: [CSVParser.Record]
        do {
            records = try parser.take(bytes)
        } catch {
            throw CommandFailure.usage("\(name):\(error.line): \(error.reason)")
        }
        return try records.compactMap { try row($0) }
    }

    mutating func finish() throws -> JSONObject? {
        let record: CSVParser.Record?
        do {
            record = try parser.finish()
        } catch {
            throw CommandFailure.usage("\(name):\(error.line): \(error.reason)")
        }
        let last = try record.flatMap { try row($0) }
        guard header != nil else {
            throw CommandFailure.usage("\(name) is empty; its first line names the parameters")
        }
        return last
    }

    private mutating func row(_ record: CSVParser.Record) throws -> JSONObject? {
        guard let header else {
            try begin(record)
            return nil
        }
        guard record.fields.count == header.count else {
            throw CommandFailure.usage(
                "\(name):\(record.line): \(HumanAmount.of(record.fields.count, "field")), "
                    + "where the header has \(header.count)")
        }
        var parameters = JSONObject()
        for (key, text) in zip(header, record.fields) where !text.isEmpty || types.takesText(key) {
            parameters[key] = types.value(of: text, for: key)
        }
        return parameters
    }

    private mutating func begin(_ record: CSVParser.Record) throws {
        var seen: Set<String> = []
        for column in record.fields {
            guard !column.isEmpty, seen.insert(column).inserted else {
                throw CommandFailure.usage(
                    "\(name):\(record.line): the header \(column.isEmpty ? "has an empty name" : "has '\(column)' twice")"
                )
            }
            do {
                try types.check(name: column)
            } catch let failure as CommandFailure {
                throw CommandFailure.usage("\(name):\(record.line): \(failure.description)")
            }
        }
        header = record.fields
    }
}

/// Makes rows of JSON lines.
struct JSONRows {
    let types: DeclaredTypes
    /// Of the file, for messages.
    let name: String
    private var rest: [UInt8] = []
    private var line = 0

    /// More than any row needs.
    private static let largestLine = 16 << 20

    init(types: DeclaredTypes, name: String) {
        self.types = types
        self.name = name
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [JSONObject] {
        rest += bytes
        var rows: [JSONObject] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            rows += try row(rest[start..<end]).map { [$0] } ?? []
            start = end + 1
        }
        rest.removeFirst(start)
        guard rest.count <= Self.largestLine else {
            throw CommandFailure.usage("\(name):\(line + 1): a line has more than \(Self.largestLine >> 20) MiB")
        }
        return rows
    }

    mutating func finish() throws -> JSONObject? {
        try row(rest[...])
    }

    private mutating func row(_ bytes: ArraySlice<UInt8>) throws -> JSONObject? {
        line += 1
        guard bytes.contains(where: { $0 > 32 }) else { return nil }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes)
        } catch {
            throw CommandFailure.usage("\(name):\(line):\(error.column): \(error.reason)")
        }
        guard let object = json.objectValue else {
            throw CommandFailure.usage(
                "\(name):\(line): a row is an object of parameters, not \(json.serialized().prefix(40))")
        }
        for key in object.keys {
            do {
                try types.check(name: key)
            } catch let failure as CommandFailure {
                throw CommandFailure.usage("\(name):\(line): \(failure.description)")
            }
        }
        return object
    }
}
