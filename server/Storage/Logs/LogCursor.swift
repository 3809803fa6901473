/// A place in the lines of one run, in the order of their arrival.
public struct LogCursor: Sendable, Hashable {
    /// The chunk that the next line is in, and how many of its lines are behind.
    let chunk: Int64
    let line: Int

    /// Before the first line.
    public static let start = LogCursor(chunk: 0, line: 0)
}

extension LogCursor: LosslessStringConvertible {
    /// Reads what `description` wrote.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let chunk = Int64(parts[0]), let line = Int(parts[1]), chunk >= 0, line >= 0 else {
            return nil
        }
        self.init(chunk: chunk, line: line)
    }

    public var description: String { "\(chunk)-\(line)" }
}
