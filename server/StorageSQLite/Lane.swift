import GRDB
import Storage

/// A connection and the serial queue that it is confined to.
final class Lane: Sendable {
    private let queue: DatabaseQueue
    private let connection: SQLiteConnection

    init(path: String, _ configuration: Configuration) throws(StorageError) {
        do {
            MemoryCount.end
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            self.queue = queue
            connection = queue.inDatabase { SQLiteConnection($0) }
        } catch {
            throw SQLiteFailure.error(error, during: "opening \(path)")
        }
    }

    /// Does `work` after what was given before, and does not wait for it.
    func submit(_ work: @escaping @Sendable (SQLiteConnection) -> Void) {
        queue.asyncWriteWithoutTransaction { [connection] _ in work(connection) }
    }

    /// Does `work` after what was given before, and waits for it.
    func perform<Value: Sendable>(
        _ work: @escaping @Sendable (SQLiteConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit { connection in continuation.resume(with: Result { try work(connection) }) }
        }
    }

    /// Waits for what was given before.
    func turn() async {
        await withCheckedContinuation { continuation in submit { _ in continuation.resume() } }
    }

    /// Does `work` while the caller's thread waits: for opening and closing.
    func performNow<Value>(_ work: (SQLiteConnection) throws -> Value) throws(StorageError) -> Value {
        do {
            return try queue.inDatabase { _ in try work(connection) }
        } catch {
            throw SQLiteFailure.error(error, during: "opening or closing \(queue.path)")
        }
    }

    /// Stops the statement that runs, and those that follow in the same body.
    func stop() { connection.stop(interrupting: queue) }

    /// Closes the connection. The last one of a database writes its log back into the file.
    func close() throws(StorageError) {
        try performNow { $0.release() }
        do {
            try queue.close()
        } catch {
            throw SQLiteFailure.error(error, during: "closing \(queue.path)")
        }
    }
}
