/// A look-out for objects in a store: what appears there is told as an event, once for each key and revision.
public struct ObjectSensor: Sendable, Hashable {
    public let id: ID<ObjectSensor>
    /// Unique.
    public var name: String
    public var source: ObjectSource
    /// How long after a look the next one is taken.
    public var every: Duration
    /// Whether what is there at the first look is news, too.
    public var includesExisting: Bool
    public var isEnabled: Bool
    /// The deployment whose document states it.
    public var owner: ID<Deployment>?
    public let created: Timestamp
    public var updated: Timestamp
    public var sight: Sight

    /// The event that tells of an object.
    public static let event = "sluice.object.appeared"
    public static let shortestInterval: Duration = .seconds(5)
    public static let longestInterval: Duration = .seconds(86_400)
    public static let standardInterval: Duration = .seconds(30)
    /// How many objects may be under its prefix: as many are remembered.
    public static let mostObjects = 10_000
    /// How long it is left alone at most while looks fail, unless its own interval is longer.
    private static let longestPause: Duration = .seconds(600)

    /// What has come of looking.
    public struct Sight: Sendable, Hashable {
        /// Nothing while it is paused.
        public var next: Timestamp?
        /// The last look that went well.
        public var last: Timestamp?
        /// Whether what was there at first is remembered by now.
        public var isPrimed = false
        /// How many objects are remembered.
        public var objects = 0
        /// How many looks have failed since one went well.
        public var failures = 0
        /// Why the last look failed; nothing if it went well.
        public var error: String?

        public init(next: Timestamp?) { self.next = next }
    }

    public init(
        id: ID<ObjectSensor>, name: String, source: ObjectSource, every: Duration, includesExisting: Bool,
        isEnabled: Bool = true, owner: ID<Deployment>? = nil, created: Timestamp, updated: Timestamp, sight: Sight
    ) {
        self.id = id
        self.name = name
        self.source = source
        self.every = every
        self.includesExisting = includesExisting
        self.isEnabled = isEnabled
        self.owner = owner
        self.created = created
        self.updated = updated
        self.sight = sight
    }

    /// What it is called in events.
    public var resourceID: String { "sluice.sensor.\(id)" }
}

// MARK: - Looking

/// An object as a look finds it.
public struct SeenObject: Sendable, Hashable {
    public var key: String
    /// What changes with its content.
    public var revision: String
    /// In bytes.
    public var size: Int
    /// When it was last written, if the store says so.
    public var changed: Timestamp?

    public init(key: String, revision: String, size: Int, changed: Timestamp?) {
        self.key = key
        self.revision = revision
        self.size = size
        self.changed = changed
    }
}

extension ObjectSensor {
    /// What differs from what is remembered.
    public struct Difference: Sendable, Hashable {
        /// Of a key or a revision that is not remembered, by the times of their last changes, then by keys.
        public var appeared: [SeenObject]
        /// Keys that are there no more, in order.
        public var gone: [String]
    }

    /// Compares what is there with what is remembered, a revision for each key.
    public static func difference(of seen: [SeenObject], from remembered: [String: String]) -> Difference {
        let appeared = seen.filter { remembered[$0.key] != $0.revision }.sorted { one, other in
            let (first, second) = (one.changed ?? .distantFuture, other.changed ?? .distantFuture)
            return first == second ? one.key.utf8.lexicographicallyPrecedes(other.key.utf8) : first < second
        }
        let gone = Set(remembered.keys).subtracting(seen.map(\.key)).sorted()
        return Difference(appeared: appeared, gone: gone)
    }

    /// The same after a look that went well.
    public func looked(at time: Timestamp, objects: Int) -> ObjectSensor {
        var sensor = self
        sensor.sight.last = time
        sensor.sight.next = isEnabled ? time + every : nil
        sensor.sight.isPrimed = true
        sensor.sight.objects = objects
        sensor.sight.failures = 0
        sensor.sight.error = nil
        return sensor
    }

    /// The same after a look that failed: the next is taken later each time, up to ten minutes.
    public func failed(at time: Timestamp, because reason: String) -> ObjectSensor {
        var sensor = self
        sensor.sight.failures += 1
        sensor.sight.error = reason
        let pause = every * (1 << min(sensor.sight.failures, 10))
        sensor.sight.next = isEnabled ? time + min(pause, max(every, Self.longestPause)) : nil
        return sensor
    }

    /// The same as something else: if that is another source, all is forgotten that was seen.
    public func looking(at source: ObjectSource, from time: Timestamp) -> ObjectSensor {
        var sensor = self
        sensor.source = source
        if source != self.source { sensor.sight = Sight(next: nil) }
        sensor.sight.next = isEnabled ? time : nil
        return sensor
    }
}
