import Domain
import Storage

/// The runs of one queue that could start, in their order, as far as anybody looks: its lanes, merged.
///
/// Where waiting makes up for a low priority, each priority in a lane stands in the line by itself, with the run of it
/// that has waited longest: which of them goes first depends on the time, but what is first of one priority does not.
struct QueueLine {
    /// How many priorities of one lane stand in the line, the highest ones. Those below come after.
    static let mostLevels = 64

    /// The runs of a lane, or those of one priority in it.
    struct Front {
        let lane: Lane
        /// Nothing for all priorities of the lane.
        let level: Int?
        /// The first of its runs that nobody has been given.
        fileprivate(set) var head: ReadyRun
        /// The same and those behind it, as far as they have been read.
        fileprivate var ready: ArraySlice<ReadyRun>?
        /// Whether there may be more behind what was read.
        fileprivate var mayGoOn = true
    }

    let queue: WorkQueue
    private let ageing: Ageing?
    private let store: Store
    /// Those that go first are the last.
    private var fronts: [Front] = []
    /// The lanes of batches in which nothing is ready.
    private var spent: [Int] = []

    init(_ queue: WorkQueue, ageing: Ageing?, in store: Store) throws {
        (self.queue, self.ageing, self.store) = (queue, ageing, store)
        for (lane, head, hasLower) in try store.openLanes(of: queue.id, for: .agents) {
            if let head {
                fronts += try levels(of: lane, head, hasLower)
            } else if lane.batchID != nil {
                spent.append(lane.id)
            }
        }
        fronts = fronts.sorted { isBefore($1.head, $0.head) }
    }

    private func levels(of lane: Lane, _ head: ReadyRun, _ hasLower: Bool) throws -> [Front] {
        guard hasLower, ageing != nil else { return [Front(lane: lane, level: nil, head: head)] }
        let others = try store.heads(of: lane.id, below: head.priority, limit: Self.mostLevels - 1)
        return ([head] + others).map { Front(lane: lane, level: $0.priority, head: $0) }
    }

    private func isBefore(_ left: ReadyRun, _ right: ReadyRun) -> Bool {
        guard let ageing, left.priority != right.priority else { return left < right }
        let (first, second) = (rank(left, ageing), rank(right, ageing))
        return first == second ? left < right : first < second
    }

    private func rank(_ run: ReadyRun, _ ageing: Ageing) -> Timestamp {
        ageing.rank(priority: run.priority, due: run.due)
    }

    /// Closes the lanes of batches that nothing waits in any more: they are not looked at again.
    func tidy() throws { for lane in spent { try store.closeLane(lane) } }

    /// The first of each lane, in their order.
    var heads: some Sequence<Front> { fronts.reversed() }

    /// What goes first.
    var first: Front? { fronts.last }

    /// Whether the queue is served before another one now; its own line is not empty, nor is that of the other.
    func goes(before other: QueueLine) -> Bool {
        guard let own = first?.head.due, let its = other.first?.head.due else { return first != nil }
        if let ageing {
            let ranks = (
                ageing.rank(queuePriority: queue.priority, due: own),
                ageing.rank(queuePriority: other.queue.priority, due: its)
            )
            if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
        }
        return (queue.priority, queue.name) < (other.queue.priority, other.queue.name)
    }

    /// What goes first cannot, nor what stands behind it in its lane: it is not looked at again.
    mutating func setAside() { _ = fronts.popLast() }

    /// Reads what stands behind the first run in its lane, before that is taken away.
    ///
    /// - Parameter limit: how many runs could be wanted, with the first.
    mutating func lookBehind(_ limit: Int) throws {
        guard let index = fronts.indices.last, fronts[index].ready == nil else { return }
        fronts[index].ready = try ready(fronts[index], limit)[...]
        fronts[index].mayGoOn = fronts[index].ready?.count == limit
    }

    private func ready(_ front: Front, _ limit: Int) throws -> [ReadyRun] {
        guard let level = front.level else { return try store.ready(in: front.lane.id, limit: limit) }
        return try store.ready(in: front.lane.id, ofPriority: level, limit: limit)
    }

    /// What goes first, and those behind it in its lane that go before all others, as far as they have been read.
    func upcoming(_ limit: Int) -> [ID<FlowRun>] {
        guard let front = fronts.last, limit > 0 else { return [] }
        let next = fronts.dropLast().last?.head
        let others = (front.ready ?? []).dropFirst().prefix(limit - 1)
        return [front.head.id] + others.prefix { run in next.map { isBefore(run, $0) } ?? true }.map(\.id)
    }

    /// The first run waits no more: the next one of its lane finds its place in the line.
    ///
    /// - Parameter limit: how many could still be wanted.
    mutating func takeFirst(_ limit: Int) throws {
        guard var front = fronts.popLast() else { return }
        front.ready = front.ready?.dropFirst()
        if front.ready?.isEmpty != false, front.mayGoOn, limit > 0 {
            front.ready = try ready(front, limit)[...]
            front.mayGoOn = front.ready?.count == limit
        }
        guard let head = front.ready?.first else { return }
        front.head = head
        let index = fronts.partitioningIndex { isBefore($0.head, head) }
        fronts.insert(front, at: index)
    }
}

extension [QueueLine.Front] {
    /// Where the elements begin that `isBehind` holds for, which are the last ones.
    fileprivate func partitioningIndex(_ isBehind: (QueueLine.Front) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
