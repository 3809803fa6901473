/// What is to happen in a world, in the order of virtual time. What falls on the same moment is ordered by chance.
struct Schedule {
    struct Entry {
        /// Microseconds since the world began.
        let time: Int64
        let tie: UInt64
        let label: String
        let body: World.Happening

        func precedes(_ other: Entry) -> Bool { (time, tie) < (other.time, other.tie) }
    }

    /// A binary heap: no entry precedes its parent.
    private var entries: [Entry] = []

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].precedes(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> Entry? {
        guard !entries.isEmpty else { return nil }
        entries.swapAt(0, entries.count - 1)
        let first = entries.removeLast()
        var parent = 0
        while true {
            var least = 2 * parent + 1
            guard least < entries.count else { return first }
            if least + 1 < entries.count, entries[least + 1].precedes(entries[least]) { least += 1 }
            guard entries[least].precedes(entries[parent]) else { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
