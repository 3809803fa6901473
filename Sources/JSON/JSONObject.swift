/// The members of a JSON object, in the order in which they were written or added.
///
/// Each key occurs once; keys are compared code point by code point. Two objects are equal if they have the same
/// members, in whatever order. Looking a key up is a short scan in small objects and a hash look-up in larger ones.
public struct JSONObject: Sendable {
    public typealias Member = (key: String, value: JSONValue)

    private var members: [Member] = []
    private var table = KeyTable()

    public init() {}

    /// The members in their order; where a key repeats, its last value stands in its first place.
    public init(_ members: some Sequence<Member>) {
        reserveCapacity(members.underestimatedCount)
        for member in members {
            self[member.key] = member.value
        }
    }

    public mutating func reserveCapacity(_ count: Int) {
        members.reserveCapacity(count)
    }

    /// The value of `key`. Setting keeps the place of a key that is there, appends one that is not, and removes the
    /// member if nil is set.
    public subscript(key: String) -> JSONValue? {
        get {
            index(forKey: key).map { members[$0].value }
        }
        set {
            if let newValue {
                updateValue(newValue, forKey: key)
            } else {
                removeValue(forKey: key)
            }
        }
    }

    /// Sets a value in place, or appends it.
    public mutating func updateValue(_ value: JSONValue, forKey key: String) {
        if let position = index(forKey: key) {
            members[position].value = value
        } else {
            members.append((key, value))
            table.noteAppended(to: members)
        }
    }

    /// The place of `key`.
    public func index(forKey key: String) -> Int? {
        if table.isUsed {
            return table.position(of: key, in: members)
        }
        return members.firstIndex { $0.key.hasSameBytes(as: key) }
    }

    /// Removes a member and answers its value. Takes time in proportion to the number of members.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let position = index(forKey: key) else { return nil }
        let removed = members.remove(at: position)
        table.rebuild(for: members)
        return removed.value
    }

    /// Whether there is a member of that name, be it null.
    public func contains(key: String) -> Bool {
        index(forKey: key) != nil
    }

    /// These members and those of `other`, which wins where a key is in both.
    public func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (key, value) in other {
            merged.updateValue(value, forKey: key)
        }
        return merged
    }

    /// The keys in their order.
    public var keys: [String] { members.map(\.key) }

    /// The values in the order of their keys.
    public var values: [JSONValue] { members.map(\.value) }
}

extension JSONObject: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }

    public subscript(position: Int) -> Member {
        members[position]
    }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        var sum: Int = 0
        for (key, value) in members {
            var memberHasher = Hasher()
            key.hashBytes(into: &memberHasher)
            value.hash(into: &memberHasher)
            sum &+= memberHasher.finalize()
        }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.lazy.map { (key: $0.0, value: $0.1) })
    }
}
