public import Domain
import Storage

/// What events are counted by.
public enum EventCountable: String, Sendable, CaseIterable {
    case day, time, event, resource
}

/// A unit of the time that events are counted by.
public enum EventTimeUnit: String, Sendable, CaseIterable {
    case week, day, hour, minute, second

    var length: Duration {
        switch self {
        case .week: .seconds(7 * 86_400)
        case .day: .seconds(86_400)
        case .hour: .seconds(3600)
        case .minute: .seconds(60)
        case .second: .seconds(1)
        }
    }
}

/// How many events there are of something.
public struct EventCount: Sendable, Hashable {
    public var value: String
    public var label: String
    public var count: Int
    public var start: Timestamp
    public var end: Timestamp
}

extension Orchestrator {
    /// How many spans of time are told of at most: as Prefect's server has it.
    private static let mostSpans = 1000
    /// How far back events are counted that are asked for since no time in particular: the same.
    private static let farthest: Duration = .seconds(180 * 86_400)

    /// How many of the events that a filter includes there are of each kind, thing, or in each span of time.
    ///
    /// - Parameters:
    ///   - unit: with `interval`, how long the spans are that time is divided into.
    /// - Throws: `OrchestrationError.invalid` for too many spans, or more events than can be looked at.
    public func countEvents(
        _ filter: EventFilter, by countable: EventCountable, unit: EventTimeUnit, interval: Double
    ) async throws -> [EventCount] {
        var filter = filter
        filter.order = .ascending
        filter.since = filter.since ?? now - Self.farthest
        filter.until = min(filter.until ?? now, now)
        switch countable {
        case .event: return try await count(filter) { ($0.name, $0.name) }
        case .resource: return try await count(filter) { ($0.resource.id, $0.resource.name ?? $0.resource.id) }
        case .day: return try await countByTime(filter, span: EventTimeUnit.day.length)
        case .time:
            let micros = (Double(unit.length.wholeMicroseconds) * interval).rounded()
            return try await countByTime(filter, span: .microseconds(Int64(min(micros, 1e17))))
        }
    }

    private func count(
        _ filter: EventFilter, by key: @escaping @Sendable (Event) -> (value: String, label: String)
    ) async throws -> [EventCount] {
        let counts = try await fold(filter, into: [String: EventCount]()) { counts, event in
            let (value, label) = key(event)
            var count =
                counts[value]
                ?? EventCount(
                    value: value, label: label, count: 0, start: event.occurred, end: event.occurred)
            count.count += 1
            count.label = label
            count.end = max(count.end, event.occurred)
            counts[value] = count
        }
        return counts.values.sorted { ($1.count, $0.label) < ($0.count, $1.label) }
    }

    private func countByTime(_ filter: EventFilter, span: Duration) async throws -> [EventCount] {
        let length = span.wholeMicroseconds
        guard let since = filter.since, let until = filter.until, since <= until else { return [] }
        // Spans begin where Prefect's do: so many of their length after (or before) a certain moment.
        let pivot: Int64 = 1_711_929_600_000_000
        @Sendable func index(_ time: Timestamp) -> Int {
            Int(((time.microseconds - pivot) - (((time.microseconds - pivot) % length) + length) % length) / length)
        }
        let first = index(since)
        let spans = index(until) - first + 1
        guard spans <= Self.mostSpans else {
            throw OrchestrationError.invalid(
                "The given interval would create \(spans) buckets, which is too many. Please increase the interval or "
                    + "reduce the time range to produce \(Self.mostSpans) buckets or fewer.")
        }
        let empty = (0..<spans).map { place in
            let start = Timestamp(microseconds: pivot + Int64(first + place) * length)
            return EventCount(
                value: "\(place)", label: start.description, count: 0, start: start,
                end: start + span - .microseconds(1))
        }
        return try await fold(filter, into: empty) { counts, event in
            let place = index(event.occurred) - first
            if counts.indices.contains(place) { counts[place].count += 1 }
        }
    }

    private func fold<Result: Sendable>(
        _ filter: EventFilter, into start: Result, _ add: @escaping @Sendable (inout Result, Event) -> Void
    ) async throws -> Result {
        try await described { store, describer in
            var reader = EventReader(store, filter, after: nil, describer)
            var (result, lookedAt) = (start, 0)
            while let batch = try reader.next() {
                lookedAt += batch.lookedAt
                guard lookedAt <= Self.mostCounted else {
                    throw OrchestrationError.invalid(
                        "there are more than \(Self.mostCounted) events in that time: choose a shorter one, or a narrower "
                            + "filter")
                }
                for event in batch.events { add(&result, event) }
            }
            return result
        }
    }

    private static let mostCounted = 500_000
}
