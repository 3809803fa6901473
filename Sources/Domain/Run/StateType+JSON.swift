public import JSON

extension StateType: JSONReadable {
    /// Reads the name of a type, such as `RUNNING`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        guard let type = StateType(rawValue: try reader.string) else {
            let names = StateType.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw reader.error("enum", "Input should be one of \(names)")
        }
        self = type
    }
}
