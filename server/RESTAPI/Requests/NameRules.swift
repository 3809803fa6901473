import Domain
import JSON

/// What names in Prefect's API may be made of, and how its server says that they are not.
extension JSONReader {
    /// Lower-case letters, digits and dashes.
    ///
    /// - Parameter subject: what is named, for the message.
    func dashedName(_ subject: String) throws(JSONReadingError) -> String {
        try name {
            Self.isPlain($0) || $0 == "-"
        } orSay: {
            "\(subject) must only contain lowercase letters, numbers, and dashes."
        }
    }

    /// Lower-case letters, digits, dashes and underscores.
    func variableName() throws(JSONReadingError) -> String {
        let name = try name {
            Self.isPlain($0) || $0 == "-" || $0 == "_"
        } orSay: {
            "Variable name must only contain lowercase letters, numbers, and dashes or underscores."
        }
        guard name.count <= Variable.longestName else {
            throw error("string_too_long", "String should have at most \(Variable.longestName) characters")
        }
        return name
    }

    private func name(
        _ isAllowed: (Unicode.Scalar) -> Bool, orSay message: () -> String
    ) throws(JSONReadingError) -> String {
        let text = try string
        guard text.unicodeScalars.allSatisfy(isAllowed) else { throw valueError(message()) }
        return text
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
    }
}
