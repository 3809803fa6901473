public import JSON

/// The form in which documents have it, and in which it is stored and travels: `{"git": {"url": …}}`.
extension CodeSource: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        switch kind {
        case .path: return .object([kind.rawValue: self[.path].json])
        case .image: return .object([kind.rawValue: true])
        default:
            let members = kind.settings.compactMap { setting in
                self[setting].map { (setting.rawValue, JSONValue.string($0)) }
            }
            return .object([kind.rawValue: .object(JSONObject(members))])
        }
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        let given = Kind.allCases.filter { reader.has($0.rawValue) }
        guard let kind = given.first, given.count == 1 else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw reader.error("code_source", "Input should have exactly one of \(kinds)")
        }
        let source = try reader.required(kind.rawValue)
        switch kind {
        case .path: self.init(.path, [.path: try source.string])
        case .image:
            guard source.value == true else { throw source.error("literal_error", "Input should be true") }
            self.init(.image)
        default:
            var settings: [Setting: String] = [:]
            for setting in kind.settings { settings[setting] = try source.optional(setting.rawValue)?.string }
            self.init(kind, settings)
        }
    }

    /// Reads what `json` writes.
    public init(json: JSONValue) throws(JSONReadingError) { try self.init(reading: JSONReader(json)) }
}
