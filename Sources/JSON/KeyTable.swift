/// Finds the place of a key among an object's members; unused while there are only a few.
///
/// An open-addressing hash table of places. It holds no keys, so it costs one allocation. Keys are hashed with Swift's
/// seeded hasher, so nobody can prepare keys that collide.
struct KeyTable: Sendable {
    /// Up to this many members a scan is at least as fast.
    static let scanned = 8
    private static let empty: Int32 = -1

    /// The count is zero or a power of two, at least twice that of the members.
    private var slots: [Int32] = []

    var isUsed: Bool { !slots.isEmpty }

    func position(of key: String, in members: [JSONObject.Member]) -> Int? {
        var slot = firstSlot(of: key)
        while slots[slot] != Self.empty {
            let position = Int(slots[slot])
            if members[position].key.hasSameBytes(as: key) { return position }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Takes in the last of `members`, which has just been appended.
    mutating func noteAppended(to members: [JSONObject.Member]) {
        guard members.count > Self.scanned else { return }
        if members.count * 2 > slots.count {
            rebuild(for: members)
        } else {
            insert(members.count - 1, key: members[members.count - 1].key)
        }
    }

    mutating func rebuild(for members: [JSONObject.Member]) {
        guard members.count > Self.scanned else {
            slots = []
            return
        }
        var size = 64
        while size < members.count * 4 { size *= 2 }
        slots = [Int32](repeating: Self.empty, count: size)
        for position in members.indices {
            insert(position, key: members[position].key)
        }
    }

    private mutating func insert(_ position: Int, key: String) {
        var slot = firstSlot(of: key)
        while slots[slot] != Self.empty {
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(position)
    }

    private func firstSlot(of key: String) -> Int {
        var hasher = Hasher()
        key.hashBytes(into: &hasher)
        return hasher.finalize() & (slots.count - 1)
    }
}
