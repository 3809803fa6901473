/// The offsets from UTC that the clocks of a place have shown, show and will show by its present law.
///
/// It is made of the bytes of a TZif file (RFC 8536); who reads the file is somebody else.
public struct TimeZoneRules: Hashable, Sendable {
    /// The name in the IANA database, such as `Europe/Paris`.
    public let name: String
    /// The moments, in seconds since the Unix epoch, at which the offset changes, in order.
    let changes: [Int64]
    /// The offsets in seconds east of UTC: the first holds before all changes, each other from its change on.
    let offsets: [Int64]
    /// How it goes on after the last change.
    let future: YearlyChanges?

    public static let utc = TimeZoneRules(name: "UTC", changes: [], offsets: [0], future: nil)

    /// A span of time in which the offset is the same.
    struct Period: Hashable {
        /// Its first second since the Unix epoch.
        let start: Int64
        /// The first second that is not in it.
        let end: Int64
        /// Seconds east of UTC.
        let offset: Int64

        func contains(_ second: Int64) -> Bool { start <= second && second < end }
    }

    /// The period that a moment is in.
    func period(at second: Int64) -> Period {
        let index = changes.partitioningIndex { $0 > second }
        let start = index == 0 ? Int64.min : changes[index - 1]
        if index < changes.count { return Period(start: start, end: changes[index], offset: offsets[index]) }
        let settled = Period(start: start, end: .max, offset: offsets[index])
        return future?.period(at: second, since: settled) ?? settled
    }

    /// What clocks show at a moment.
    public func local(at time: Timestamp) -> LocalTime {
        let second = time.microseconds.flooredDivision(by: 1_000_000).quotient
        return LocalTime(microseconds: time.microseconds + period(at: second).offset * 1_000_000)
    }

    /// Seconds east of UTC at a moment.
    public func offset(at time: Timestamp) -> Int64 {
        period(at: time.microseconds.flooredDivision(by: 1_000_000).quotient).offset
    }
}

extension Array {
    /// The index of the first element that `belongsBehind` holds for, where it holds for all after it too.
    func partitioningIndex(_ belongsBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
