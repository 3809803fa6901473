import GRDB
import Storage

/// The compiled statements of one connection.
///
/// Bounded, because filters of clients make statements of any shape: the one that was used the longest ago goes first.
final class StatementCache {
    private struct Entry {
        let statement: PreparedStatement
        var lastUse: UInt64
    }

    private let database: GRDB.Database
    private let limit: Int
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0

    init(_ database: GRDB.Database, limit: Int = 256) {
        self.database = database
        self.limit = limit
    }

    func statement(_ sql: String) throws(StorageError) -> PreparedStatement {
        uses += 1
        if let statement = touch(sql) { return statement }
        let statement: GRDB.Statement
        do {
            statement = try database.makeStatement(sql: sql)
        } catch {
            throw SQLiteFailure.error(error, during: sql)
        }
        let prepared = try PreparedStatement(statement, sql: sql)
        if entries.count >= limit { dropOldestHalf() }
        entries[sql] = Entry(statement: prepared, lastUse: uses)
        return prepared
    }

    var count: Int { entries.count }

    func removeAll() { entries = [:] }

    private func touch(_ sql: String) -> PreparedStatement? {
        guard let index = entries.index(forKey: sql) else { return nil }
        entries.values[index].lastUse = uses
        return entries.values[index].statement
    }

    /// Half at once, so that a stream of new statements does not sort at each of them.
    private func dropOldestHalf() {
        let median = entries.values.map(\.lastUse).sorted()[entries.count / 2]
        entries = entries.filter { $0.value.lastUse >= median }
    }
}
