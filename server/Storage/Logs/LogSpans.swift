import Synchronization

/// From when to when some lines are.
struct LogSpan: Sendable, Hashable {
    /// Microseconds since the Unix epoch; nothing when there are no lines.
    var times: ClosedRange<Int64>?

    func union(_ other: LogSpan) -> LogSpan {
        guard let times, let others = other.times else { return times == nil ? other : self }
        return LogSpan(
            times: min(times.lowerBound, others.lowerBound)...max(times.upperBound, others.upperBound))
    }
}

/// From when to when the lines of each day's database are, so that what asks for other times leaves it closed.
///
/// A day is the lines' arrival; their times are their writers', and may be of any other day. A span may be too long (of
/// lines that failed to be stored, or have been removed), and is never too short.
final class LogSpans: Sendable {
    private struct Known {
        /// Of what has been written here, or was about to be.
        var written = LogSpan()
        /// Of what was there when it was looked at; nothing when nobody has looked yet.
        var found: LogSpan?
    }

    private let known = Mutex<[LogDay: Known]>([:])

    /// Lines of that span are about to be stored. To be called before they are.
    func extend(_ day: LogDay, by span: LogSpan) {
        known.withLock { known in
            let written = known[day]?.written ?? LogSpan()
            known[day, default: Known()].written = written.union(span)
        }
    }

    /// The span of the day's lines; nothing when it has to be looked for.
    func span(of day: LogDay) -> LogSpan? {
        known.withLock { known in known[day].flatMap { entry in entry.found?.union(entry.written) } }
    }

    func found(_ span: LogSpan, on day: LogDay) { known.withLock { $0[day, default: Known()].found = span } }

    func forget(_ day: LogDay) { known.withLock { $0[day] = nil } }
}

extension LogStore {
    /// The span of the day's lines, which is looked for once.
    func span(of day: LogDay) async throws -> LogSpan {
        if let span = spans.span(of: day) { return span }
        let found = try await transaction(.read, on: day) { connection in
            var reader = try connection.run(
                "SELECT min(min_time), (SELECT max(max_time) FROM log_chunk) FROM log_chunk"
            )
            .first?.reader
            guard let first = try reader?.optionalInt64(), let last = try reader?.optionalInt64() else {
                return LogSpan()
            }
            return LogSpan(times: first...last)
        }
        guard let found else { return LogSpan() }
        spans.found(found, on: day)
        return spans.span(of: day) ?? found
    }
}
