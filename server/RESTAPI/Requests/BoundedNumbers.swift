import JSON

/// Numbers that have bounds, with the errors that pydantic has for them.
extension JSONReader {
    /// The member; nil if it is absent or null.
    func whole(_ key: String, from least: Int = 0, to most: Int) throws(JSONReadingError) -> Int? {
        guard let member = try optional(key) else { return nil }
        let number = try member.int
        try member.check(number >= least, least: "\(least)")
        try member.check(number <= most, most: "\(most)")
        return number
    }

    /// The same of a number that need not be whole.
    func number(
        _ key: String, from least: Double, to most: Double = .greatestFiniteMagnitude
    ) throws(JSONReadingError) -> Double? {
        guard let member = try optional(key) else { return nil }
        let number = try member.double
        try member.check(number >= least, least: Self.text(least))
        try member.check(number <= most, most: Self.text(most))
        return number
    }

    private static func text(_ bound: Double) -> String { Int(exactly: bound).map { "\($0)" } ?? "\(bound)" }

    private func check(_ holds: Bool, least: String) throws(JSONReadingError) {
        guard !holds else { return }
        throw error("greater_than_equal", "Input should be greater than or equal to \(least)")
    }

    private func check(_ holds: Bool, most: String) throws(JSONReadingError) {
        guard !holds else { return }
        throw error("less_than_equal", "Input should be less than or equal to \(most)")
    }

    /// One of some words.
    func word(_ key: String, of words: [String]) throws(JSONReadingError) -> String? {
        guard let member = try optional(key) else { return nil }
        guard let word = member.value.stringValue, words.contains(word) else {
            let quoted = words.map { "'\($0)'" }
            let choices = [quoted.dropLast().joined(separator: ", "), quoted.last ?? ""].filter { !$0.isEmpty }
            throw member.error("literal_error", "Input should be \(choices.joined(separator: " or "))")
        }
        return word
    }
}
