import Domain

/// Puts the lines of chunks, whose times may overlap, into one order.
///
/// A chunk is read only when the order arrives at it, so that the first page of a long log costs as little as that of
/// a short one. What is stored or removed while lines are read may be among them or not.
struct LogMerge {
    /// A chunk whose lines are being taken.
    private struct Source {
        let runID: ID<FlowRun>?
        let head: LogChunkHead
        let body: LogChunkBody
        /// The lines that meet the filter, in order; never empty.
        var places: ArraySlice<Int>

        var next: LogPlace? {
            places.first.map {
                LogPlace(time: body.lines[$0].time, runID: head.runID, chunk: head.number, line: $0)
            }
        }
    }

    private let store: LogStore
    private let filter: LogFilter
    private let order: LogOrder
    private var queue: LogChunkQueue
    private var sources: [Source] = []

    init(_ store: LogStore, _ filter: LogFilter, _ order: LogOrder) async throws {
        self.store = store
        self.filter = filter
        self.order = order
        queue = try await LogChunkQueue(store, filter, order)
    }

    /// Passes over up to `count` lines.
    ///
    /// - Returns: how many were passed, fewer than `count` only at the end.
    mutating func skip(_ count: Int) async throws -> Int {
        var passed = 0
        while passed < count {
            if let whole = try await skipChunk(upTo: count - passed) {
                passed += whole
            } else if let index = try await indexOfNext() {
                take(index)
                passed += 1
            } else {
                break
            }
        }
        return passed
    }

    /// The next line.
    mutating func next() async throws -> LogRecord? {
        guard let index = try await indexOfNext(), let place = sources[index].places.first else { return nil }
        let record = try sources[index].body.record(at: place, runID: sources[index].runID)
        take(index)
        return record
    }

    /// Passes over a chunk without reading it, when all of its lines are wanted and no other's stand between them.
    private mutating func skipChunk(upTo count: Int) async throws -> Int? {
        guard sources.isEmpty, let (place, second) = try await queue.peek() else { return nil }
        let head = place.head
        guard head.count <= count, filter.acceptsAll(of: head) else { return nil }
        if let second, !order.isBefore(order.last(head), second) { return nil }
        queue.advance()
        return head.count
    }

    /// The source of the next line, after opening every chunk that could have it.
    private mutating func indexOfNext() async throws -> Int? {
        while let (place, _) = try await queue.peek() {
            if let index = first(), let next = sources[index].next, order.isBefore(next.time, order.first(place.head)) {
                return index
            }
            queue.advance()
            try await open(place)
        }
        return first()
    }

    private func first() -> Int? {
        if sources.count < 2 { return sources.isEmpty ? nil : 0 }
        return sources.indices.min { left, right in
            guard let left = sources[left].next, let right = sources[right].next else { return false }
            return order.comesFirst(left, right)
        }
    }

    private mutating func take(_ index: Int) {
        sources[index].places.removeFirst()
        if sources[index].places.isEmpty { sources.remove(at: index) }
    }

    private mutating func open(_ place: LogChunkQueue.Place) async throws {
        let head = place.head
        guard let body = try await store.body(of: place) else { return }
        var places = filter.places(in: body)
        guard !places.isEmpty else { return }
        let lines = body.lines
        if !zip(places, places.dropFirst()).allSatisfy({ lines[$0].time <= lines[$1].time }) {
            places.sort { (lines[$0].time, $0) < (lines[$1].time, $1) }
        }
        if order == .newestFirst { places.reverse() }
        sources.append(Source(runID: ID(head.runID), head: head, body: body, places: places[...]))
    }
}

extension LogStore {
    /// The chunk's lines; nothing when it, or its day, has been removed meanwhile.
    func body(of place: LogChunkQueue.Place) async throws -> LogChunkBody? {
        try await transaction(.read, on: place.day) { [head = place.head] in try head.body($0) } ?? nil
    }
}
