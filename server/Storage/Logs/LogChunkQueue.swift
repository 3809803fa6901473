/// The heads of the chunks of several days, by the time of their first line in an order. A day is opened only when the
/// order arrives at the span of its lines.
struct LogChunkQueue {
    /// A head, and the day whose database has its chunk.
    struct Place {
        let head: LogChunkHead
        let day: LogDay
    }

    private let order: LogOrder
    private var streams: [LogChunkStream]
    private var next: [Place] = []

    init(_ store: LogStore, _ filter: LogFilter, _ order: LogOrder) async throws {
        self.order = order
        streams = []
        for day in try await store.days(for: filter) {
            guard let times = try await store.span(of: day).times, filter.mayAccept(times) else { continue }
            let bound = order == .oldestFirst ? times.lowerBound : times.upperBound
            streams.append(LogChunkStream(store, day, filter, order, bound: bound))
        }
    }

    /// The next head, and the time at which the one after it begins.
    mutating func peek() async throws -> (next: Place, second: Int64?)? {
        while next.count < 2, let place = try await pull() { next.append(place) }
        guard let first = next.first else { return nil }
        return (first, next.count > 1 ? order.first(next[1].head) : nil)
    }

    mutating func advance() { next.removeFirst() }

    private mutating func pull() async throws -> Place? {
        while let index = streams.indices.min(by: { order.isBefore(streams[$0].bound, streams[$1].bound) }) {
            if streams[index].isLoaded, let head = streams[index].next() {
                return Place(head: head, day: streams[index].day)
            }
            if streams[index].isEmpty {
                streams.remove(at: index)
            } else {
                try await streams[index].load()
            }
        }
        return nil
    }
}

extension LogStore {
    /// The days that the runs of a filter, if it names some, may have lines on.
    fileprivate func days(for filter: LogFilter) async throws -> [LogDay] {
        guard let runIDs = filter.runIDs else { return try await databases.days(from: nil) }
        guard !runIDs.isEmpty else { return [] }
        let first = runIDs.map { Self.firstDay(of: $0) }
        return try await databases.days(from: first.contains(nil) ? nil : first.compactMap { $0 }.min())
    }
}
