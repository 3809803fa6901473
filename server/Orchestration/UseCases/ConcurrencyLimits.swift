public import Domain
import Storage

/// A limit as it is wanted.
public struct LimitRequest: Sendable {
    public var name: String
    public var slots: Int
    public var isActive = true
    /// See `ConcurrencyLimit.decay`.
    public var decay = 0.0
    /// How many slots are taken from the beginning.
    public var taken = 0

    public init(name: String, slots: Int) {
        self.name = name
        self.slots = slots
    }
}

/// What is changed of a limit; nothing for what stays.
public struct LimitChanges: Sendable {
    public var name: String?
    public var slots: Int?
    public var isActive: Bool?
    /// See `ConcurrencyLimit.decay`.
    public var decay: Double?
    /// How many slots are to be taken, whoever holds them.
    public var taken: Int?

    public init() {}
}

/// A limit and what goes on in it.
public struct DescribedLimit: Sendable {
    public let limit: ConcurrencyLimit
    /// How many slots are taken.
    public let taken: Int
    /// How many slots those wait for who found none free.
    public let denied: Int
    /// Those who hold slots and said who they are, once for each hold.
    public let holders: [LimitHolder]
}

/// What names a limit.
public enum LimitName: Sendable, CustomStringConvertible {
    case id(ID<ConcurrencyLimit>)
    case name(String)

    public var description: String {
        switch self {
        case .id(let id): id.description
        case .name(let name): name
        }
    }
}

extension Orchestrator {
    /// - Throws: `OrchestrationError.conflict` when the name is taken, or belongs to a deployment.
    public func createLimit(_ request: LimitRequest) async throws -> DescribedLimit {
        try Limits.check(request.slots)
        return try await change { change in
            try change.checkFree(request.name)
            let limit = ConcurrencyLimit(
                id: change.surroundings.newID(), name: request.name, slots: request.slots, isActive: request.isActive,
                decay: request.decay, created: change.now, updated: change.now)
            try change.store.insert(limit)
            try change.happened("created", to: limit)
            try change.setTaken(of: limit, to: request.taken)
            return try change.store.describe(limit, change.limitDesk, at: change.leaseTime)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func limit(_ name: LimitName) async throws -> DescribedLimit {
        let time = surroundings.leaseTime
        return try await database.read { [limitDesk] in try $0.describe(try $0.limit(name), limitDesk, at: time) }
    }

    /// The limits in the order of their names, those of deployments among them.
    ///
    /// - Parameter prefix: only those whose names begin with it.
    public func limits(prefix: String = "", limit: Int, offset: Int) async throws -> [DescribedLimit] {
        let time = surroundings.leaseTime
        return try await database.read { [limitDesk] store in
            try store.limits(prefix: prefix, limit: limit, offset: offset).map {
                try store.describe($0, limitDesk, at: time)
            }
        }
    }

    /// Changes a limit. That of a deployment is a part of it: only the number of its slots can be changed here.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` when the name is taken; `.invalid` for what a deployment's
    ///   limit cannot be.
    public func updateLimit(_ name: LimitName, _ changes: LimitChanges) async throws {
        try Limits.check(changes.slots)
        try await change { change in
            let limit = try change.store.limit(name)
            if let deployment = limit.deploymentID {
                try change.updateLimit(limit, of: deployment, changes)
            } else {
                try change.updateLimit(limit, changes)
            }
        }
    }

    /// Forgets a limit; that of a deployment is taken from it. Who holds slots goes on.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func deleteLimit(_ name: LimitName) async throws {
        try await change { change in
            let limit = try change.store.limit(name)
            if let deployment = limit.deploymentID {
                try change.setLimit(of: deployment, to: nil)
            } else {
                try change.noteRoom(in: limit.id)
                try change.store.deleteLimit(limit.id)
                try change.happened("deleted", to: limit)
            }
        }
    }
}

extension Store {
    fileprivate func limit(_ name: LimitName) throws -> ConcurrencyLimit {
        let limit: ConcurrencyLimit? =
            switch name {
            case .id(let id): try self.limit(id)
            case .name(let name): try self.limit(named: name)
            }
        return try limit.orNotFound("Concurrency limit", name)
    }

    func describe(_ limit: ConcurrencyLimit, _ desk: LimitDesk, at now: Timestamp) throws -> DescribedLimit {
        let holders = try holds(of: limit.id, at: now).filter { $0.slots > 0 }.compactMap(\.holder)
        return DescribedLimit(
            limit: limit, taken: Int(try taken(of: limit, at: now).rounded(.up)),
            denied: desk.withLine { $0.ahead(of: .max, in: limit.id, at: now) }, holders: holders)
    }
}

extension Change {
    fileprivate func checkFree(_ name: String) throws {
        guard ConcurrencyLimit.deployment(inName: name) == nil else {
            throw OrchestrationError.conflict(
                "\"\(name)\" is the name of a deployment's own limit: set the deployment's concurrency_limit instead")
        }
        guard try store.limit(named: name) == nil else {
            throw OrchestrationError.conflict("A concurrency limit named \"\(name)\" already exists.")
        }
    }

    mutating func updateLimit(_ before: ConcurrencyLimit, _ changes: LimitChanges) throws {
        var limit = before
        if let name = changes.name, name != before.name {
            try checkFree(name)
            limit.name = name
        }
        limit.slots = changes.slots ?? limit.slots
        limit.isActive = changes.isActive ?? limit.isActive
        limit.decay = changes.decay ?? limit.decay
        limit.updated = now
        try store.update(limit)
        try happened("updated", to: limit)
        if limit.decay != before.decay {
            let holds = try store.holds(of: limit.id, at: leaseTime)
            for hold in Draining.rearranged(holds, from: before.decay, to: limit.decay, at: leaseTime) {
                try store.update(hold)
            }
        }
        if let taken = changes.taken { try setTaken(of: limit, to: taken) }
        try noteRoom(in: limit.id)
    }

    fileprivate mutating func updateLimit(
        _ limit: ConcurrencyLimit, of deployment: ID<Deployment>, _ changes: LimitChanges
    ) throws {
        let taken = Int(try store.taken(of: limit, at: leaseTime))
        let isPossible =
            (changes.name ?? limit.name) == limit.name && changes.isActive != false && (changes.decay ?? 0) == 0
            && (changes.taken ?? taken) == taken
        guard isPossible else {
            throw OrchestrationError.invalid(
                "the limit \(limit.name) is a part of its deployment, and counted from the runs that execute: only its "
                    + "\"limit\" can be changed; to lift it, delete it")
        }
        if let slots = changes.slots { try setLimit(of: deployment, to: slots) }
    }

    fileprivate mutating func setLimit(of id: ID<Deployment>, to slots: Int?) throws {
        let before = try store.deployment(id).orNotFound("Deployment", id)
        var deployment = before
        deployment.concurrencyLimit = slots
        deployment.updated = later(than: before.updated)
        _ = try keep(deployment, over: before)
    }

    /// Makes it so that this many slots of a limit are taken: sets free what those hold who hold too much, or takes
    /// some for nobody.
    func setTaken(of limit: ConcurrencyLimit, to wanted: Int) throws {
        let taken = Int(try store.taken(of: limit, at: leaseTime).rounded(.up))
        if wanted > taken {
            try store.insert(try newHold(of: limit, wanted - taken, lease: surroundings.newID()))
        } else if wanted < taken {
            let holds = try store.holds(of: limit.id, at: leaseTime)
            // Slots that nobody answers for first.
            let inOrder = holds.filter { $0.leaseDuration != nil } + holds.filter { $0.leaseDuration == nil }
            try free(taken - wanted, of: limit, from: inOrder)
        }
    }
}
