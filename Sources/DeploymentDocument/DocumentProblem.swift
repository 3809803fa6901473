/// Where something stands in a document: both counted from 1, the column in code points.
public struct DocumentPlace: Sendable, Hashable, Comparable {
    /// Counted from 1.
    public let line: Int
    /// Counted from 1, in characters.
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// One thing that is wrong with a document: where, what, and what to write instead.
public struct DocumentProblem: Sendable, Hashable {
    public let place: DocumentPlace
    public let message: String

    public init(_ place: DocumentPlace, _ message: String) {
        self.place = place
        self.message = message
    }
}

/// Everything that is wrong with a document, in the order of its lines.
public struct InvalidDocument: Error, Sendable, Hashable, CustomStringConvertible {
    /// As it was named by whoever asked for it.
    public let file: String
    public let problems: [DocumentProblem]

    public init(file: String, problems: [DocumentProblem]) {
        self.file = file
        self.problems = problems
    }

    /// A line for each problem, `FILE:LINE:COLUMN: what`, as compilers and editors know it.
    public var description: String {
        problems.map { "\(file):\($0.place.line):\($0.place.column): \($0.message)" }.joined(separator: "\n")
    }
}

/// Collects problems while a document is read, so that one look finds them all. What is shared by several deployments
/// is read several times, and reported once.
final class ProblemList {
    private var known: Set<DocumentProblem> = []

    var problems: [DocumentProblem] {
        known.sorted { ($0.place, $0.message) < ($1.place, $1.message) }
    }

    var isEmpty: Bool { known.isEmpty }

    func add(_ place: DocumentPlace, _ message: String) {
        known.insert(DocumentProblem(place, message))
    }
}
