import JSON

/// Members that are checked as Prefect's server checks them, with its words for what is wrong.
extension JSONReader {
    /// The name of something new: not empty, and without the characters that would make an address of it ambiguous.
    func name(_ key: String) throws(JSONReadingError) -> String {
        let member = try required(key)
        let name = try member.string
        guard !name.allSatisfy(\.isWhitespace) else {
            throw member.valueError("name cannot be an empty string")
        }
        guard !name.contains(where: { "/%&><".contains($0) }) else {
            throw member.error("string_pattern_mismatch", "String should match pattern '^[^/%&><]+$'")
        }
        return name
    }

    /// A number of `least` or more, if it is there.
    func number(_ key: String, from least: Int) throws(JSONReadingError) -> Int? {
        guard let member = try optional(key) else { return nil }
        let number = try member.int
        guard number >= least else {
            throw least == 1
                ? member.error("greater_than", "Input should be greater than 0")
                : member.error("greater_than_equal", "Input should be greater than or equal to \(least)")
        }
        return number
    }
}
