public import Domain

/// A day (UTC) on which log lines arrived: what their database is named by.
public struct LogDay: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    public let number: Int

    public init(number: Int) { self.number = number }

    /// The day that `time` is in.
    public init(_ time: Timestamp) {
        let (days, rest) = time.microseconds.quotientAndRemainder(dividingBy: Self.microseconds)
        number = Int(rest < 0 ? days - 1 : days)
    }

    private static let microseconds: Int64 = 86_400_000_000

    /// Its first moment.
    public var start: Timestamp { Timestamp(microseconds: Int64(number) &* Self.microseconds) }
    /// The first moment after it.
    public var end: Timestamp { LogDay(number: number + 1).start }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

// MARK: - Files

extension LogDay: LosslessStringConvertible {
    /// Reads `YYYY-MM-DD`.
    public init?(_ text: String) {
        guard text.utf8.count == 10, let start = Timestamp("\(text)T00:00:00Z") else { return nil }
        self.init(start)
    }

    public var description: String { String("\(start)".prefix(10)) }

    /// `YYYY-MM-DD.sqlite`: the one place that says how the files of logs are called.
    public var fileName: String { "\(self)\(Self.suffix)" }

    /// Reads what `fileName` says; nothing for other files.
    public init?(fileName: String) {
        guard fileName.hasSuffix(Self.suffix) else { return nil }
        self.init(String(fileName.dropLast(Self.suffix.count)))
    }

    private static let suffix = ".sqlite"
}

// MARK: - Chunks

extension LogDay {
    /// What numbers of chunks in the day's database are above. Numbers of later days are larger: so a run's chunks
    /// count up through the days, and a cursor tells the day that it stands in.
    var chunksBefore: Int64 { Int64(number) << 32 }

    /// Whether chunks behind the cursor can be in the day's database. (It may hold lower numbers than its own: from
    /// before there was a database for each day.)
    func mayHoldChunks(from number: Int64) -> Bool { LogDay(number: self.number + 1).chunksBefore > number }
}
