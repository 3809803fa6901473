import Storage

/// A body that waits for the writer, and its caller.
struct PendingWrite: Sendable {
    /// What came of running a body, before it is known whether that is committed.
    struct Attempt {
        /// False when the body threw: nothing of it is kept.
        let isKept: Bool
        /// Tells the caller: what the body returned or threw, or the failure of the commit. To be called once.
        let answer: (_ failure: StorageError?) -> Void
    }

    /// Runs the body. May be called again when its answer was not given.
    let attempt: @Sendable (SQLiteConnection) -> Attempt
    /// Tells the caller that its body has not run.
    let fail: @Sendable (any Error) -> Void

    init<Value: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Value,
        answering caller: CheckedContinuation<Value, any Error>
    ) {
        attempt = { connection in
            do {
                let value = try body(connection)
                return Attempt(isKept: true) { failure in
                    if let failure {
                        caller.resume(throwing: failure)
                    } else {
                        caller.resume(returning: value)
                    }
                }
            } catch {
                return Attempt(isKept: false) { _ in caller.resume(throwing: error) }
            }
        }
        fail = { caller.resume(throwing: $0) }
    }

    /// Runs the body so that its failure undoes nothing but itself.
    func attemptInSavepoint(_ connection: SQLiteConnection) -> Attempt {
        do {
            try connection.control("SAVEPOINT body")
            let attempt = attempt(connection)
            if connection.isInTransaction {
                if !attempt.isKept { try connection.control("ROLLBACK TO body") }
                try connection.control("RELEASE body")
            }
            return attempt
        } catch {
            // Without its savepoint a body cannot be undone alone: the group is given up.
            _ = try? connection.control("ROLLBACK")
            return Attempt(isKept: false) { [fail] _ in fail(error) }
        }
    }
}
