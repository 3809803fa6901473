public import Domain

/// How long log lines are kept, for the whole server.
public struct LogLimits: Sendable, Hashable {
    /// After their day has passed; nothing for ever.
    public var age: Duration?
    /// In all databases together; nothing for any number.
    public var bytes: Int?

    public init(age: Duration?, bytes: Int?) {
        self.age = age
        self.bytes = bytes
    }

    /// Two weeks, and 2 GiB.
    public static let standard = LogLimits(age: .seconds(14 * 86_400), bytes: 2 << 30)
}

extension LogStore {
    /// How many chunks one transaction deletes: no other write is to wait long.
    private static let step = 50

    /// Deletes everything of a run.
    ///
    /// - Throws: `StorageError`.
    public func delete(_ runID: ID<FlowRun>) async throws {
        for day in try await days(of: runID) {
            while try await deleteSome(of: runID, on: day) == Self.step {}
            _ = try await transaction(.write, on: day) { connection in
                try connection.run("DELETE FROM log_progress WHERE run_id = $1", .id(runID))
            }
        }
    }

    private func deleteSome(of runID: ID<FlowRun>, on day: LogDay) async throws -> Int {
        try await transaction(.write, on: day) { connection in
            try connection.run(
                """
                DELETE FROM log_chunk WHERE run_id = $1 AND number IN
                    (SELECT number FROM log_chunk WHERE run_id = $1 ORDER BY number LIMIT \(Self.step)) RETURNING 1
                """,
                .id(runID)
            ).count
        } ?? 0
    }

    /// How large everything is on the disk, in bytes.
    public func size() async throws -> Int { try await databases.sizes().reduce(0) { $0 + $1.bytes } }

    /// Removes what is over the limits: whole days, the oldest first. The day that lines arrive on stays, whatever its
    /// age; when it is over the limit by itself, its oldest lines go until a tenth of the limit is free.
    ///
    /// - Returns: the bytes that have been given back.
    /// - Throws: `StorageError`.
    public func prune(_ limits: LogLimits, at now: Timestamp) async throws -> Int {
        let today = try await databases.arrival(at: now)
        var sizes = try await databases.sizes()
        var given = 0
        var total = sizes.reduce(0) { $0 + $1.bytes }
        while let (day, bytes) = sizes.first, day < today {
            let isOld = limits.age.map { day.end + $0 <= now } ?? false
            guard isOld || total > limits.bytes ?? .max else { return given }
            try await databases.remove(day)
            spans.forget(day)
            (total, given) = (total - bytes, given + bytes)
            sizes.removeFirst()
        }
        guard let limit = limits.bytes, total > limit else { return given }
        return given + (try await trim(today, to: limit - limit / 10, from: total))
    }

    private func trim(_ day: LogDay, to target: Int, from size: Int) async throws -> Int {
        while try await databases.bytesUsed(on: day) > target {
            guard try await deleteOldest(on: day) > 0 else { break }
        }
        try await databases.reclaim(day)
        return max(size - (try await self.size()), 0)
    }

    private func deleteOldest(on day: LogDay) async throws -> Int {
        try await transaction(.write, on: day) { connection in
            try connection.run(
                """
                DELETE FROM log_chunk WHERE (run_id, number) IN
                    (SELECT run_id, number FROM log_chunk ORDER BY max_time LIMIT \(Self.step))
                RETURNING 1
                """
            ).count
        } ?? 0
    }
}
