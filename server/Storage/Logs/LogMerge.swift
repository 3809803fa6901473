import Domain

/// Puts the lines of chunks, whose times may overlap, into one order.
///
/// A chunk is read only when the order arrives at it, so that the first page of a long log costs as little as that of
/// a short one.
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

    private let connection: any Connection
    private let filter: LogFilter
    private let order: LogOrder
    private var stream: LogChunkStream
    private var sources: [Source] = []

    init(_ connection: any Connection, _ filter: LogFilter, _ order: LogOrder) {
        self.connection = connection
        self.filter = filter
        self.order = order
        stream = LogChunkStream(connection, filter, order)
    }

    /// Passes over up to `count` lines.
    ///
    /// - Returns: how many were passed, fewer than `count` only at the end.
    mutating func skip(_ count: Int) throws(StorageError) -> Int {
        var passed = 0
        while passed < count {
            if let whole = try skipChunk(upTo: count - passed) {
                passed += whole
            } else if let index = try indexOfNext() {
                take(index)
                passed += 1
            } else {
                break
            }
        }
        return passed
    }

    /// The next line.
    mutating func next() throws(StorageError) -> LogRecord? {
        guard let index = try indexOfNext(), let place = sources[index].places.first else { return nil }
        let record = try sources[index].body.record(at: place, runID: sources[index].runID)
        take(index)
        return record
    }

    /// Passes over a chunk without reading it, when all of its lines are wanted and no other's stand between them.
    private mutating func skipChunk(upTo count: Int) throws(StorageError) -> Int? {
        guard sources.isEmpty, let (head, second) = try stream.peek() else { return nil }
        guard head.count <= count, filter.acceptsAll(of: head) else { return nil }
        if let second, !order.isBefore(order.last(head), order.first(second)) { return nil }
        stream.advance()
        return head.count
    }

    /// The source of the next line, after opening every chunk that could have it.
    private mutating func indexOfNext() throws(StorageError) -> Int? {
        while let (head, _) = try stream.peek() {
            if let index = first(), let next = sources[index].next, order.isBefore(next.time, order.first(head)) {
                return index
            }
            stream.advance()
            try open(head)
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

    private mutating func open(_ head: LogChunkHead) throws(StorageError) {
        let body = try head.body(connection)
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
