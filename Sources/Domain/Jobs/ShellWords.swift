/// A command as people write it, cut into words as a POSIX shell does it, without any other of a shell's meanings.
public enum ShellWords {
    private enum Quoting { case none, single, double }

    /// - Throws: `JobTemplateError.unclosedQuote`.
    public static func split(_ command: String) throws(JobTemplateError) -> [String] {
        var words: [String] = []
        var word: String?
        var quoting = Quoting.none
        var rest = command[...]
        while let character = rest.popFirst() {
            switch (quoting, character) {
            case (.none, _) where character.isWhitespace:
                if let complete = word.take() { words.append(complete) }
            case (.none, "'"): (quoting, word) = (.single, word ?? "")
            case (.none, "\""): (quoting, word) = (.double, word ?? "")
            case (.single, "'"), (.double, "\""): quoting = .none
            case (.none, "\\"):
                guard let next = rest.popFirst() else { throw .unclosedQuote(command) }
                word = (word ?? "") + String(next)
            case (.double, "\\"):
                guard let next = rest.popFirst() else { throw .unclosedQuote(command) }
                word = (word ?? "") + (next == "\"" || next == "\\" ? "" : "\\") + String(next)
            default: word = (word ?? "") + String(character)
            }
        }
        guard quoting == .none else { throw .unclosedQuote(command) }
        if let word { words.append(word) }
        return words
    }
}
