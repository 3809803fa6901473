import Domain
import Wire

/// Hides secrets in lines of output.
///
/// Each line of a secret counts by itself, since output is read in lines; what is shorter than `shortest` does not count:
/// it would hide half of what is said, and tell the secret by what is missing.
struct SecretMask: Sendable {
    static let shortest = 4
    static let replacement = "********"

    /// The longest first, lest a part of one be hidden in another.
    private let texts: [String]

    init(_ secrets: [String]) {
        let lines = secrets.flatMap { $0.split(whereSeparator: \.isNewline) }.map(String.init)
        texts = Set(lines.filter { $0.utf8.count >= Self.shortest }).sorted {
            ($1.utf8.count, $1) < ($0.utf8.count, $0)
        }
    }

    /// The text without them.
    func hidden(in text: String) -> String {
        texts.reduce(text) { $0.replacing($1, with: Self.replacement) }
    }

    func hide(in line: inout LogLine) {
        for text in texts { line.message = line.message.replacing(text, with: Self.replacement) }
    }

    func hide(in lines: inout ArraySlice<PlacedLine>) {
        guard !texts.isEmpty else { return }
        for index in lines.indices { hide(in: &lines[index].line) }
    }
}
