import GRDB
import GRDBSQLite
import Storage

/// A statement that SQLite has compiled, with its parameters in the order in which values are given.
final class PreparedStatement {
    private let statement: GRDB.Statement
    private let sql: String
    private let parameterCount: Int32

    private var handle: OpaquePointer { statement.sqliteStatement }

    /// - Throws: `StorageError.corrupt` when the parameters are not `$1 … $n`, first used in this order. SQLite numbers
    ///   named parameters by their first appearance, PostgreSQL by their digits: only in this order both agree.
    init(_ statement: GRDB.Statement, sql: String) throws(StorageError) {
        self.statement = statement
        self.sql = sql
        parameterCount = sqlite3_bind_parameter_count(statement.sqliteStatement)
        for index in 0..<parameterCount {
            let name = sqlite3_bind_parameter_name(statement.sqliteStatement, index + 1).map { String(cString: $0) }
            guard name == "$\(index + 1)" else {
                throw .corrupt("parameter \(index + 1) is called \(name ?? "?") instead of $\(index + 1), in: \(sql)")
            }
        }
    }

    /// Whether it changes nothing; to explain a change is none.
    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 || sqlite3_stmt_isexplain(handle) != 0 }

    /// Executes it once, to the end.
    func run(_ values: [SQLValue]) throws(StorageError) -> [Storage.Row] {
        guard values.count == parameterCount else {
            throw .corrupt("\(values.count) values for \(parameterCount) parameters, in: \(sql)")
        }
        defer {
            sqlite3_reset(handle)
            if parameterCount > 0 { sqlite3_clear_bindings(handle) }
        }
        for (index, value) in values.enumerated() {
            try bind(value, at: Int32(index + 1))
        }
        return try steps()
    }

    private func steps() throws(StorageError) -> [Storage.Row] {
        var rows: [Storage.Row] = []
        while true {
            let code = sqlite3_step(handle)
            switch code {
            case SQLITE_ROW: rows.append(row())
            case SQLITE_DONE: return rows
            default: throw failure(code)
            }
        }
    }

    private func failure(_ code: Int32) -> StorageError {
        let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        return SQLiteFailure.error(code: code, message: message, during: sql)
    }

    private func row() -> Storage.Row {
        let columnCount = sqlite3_data_count(handle)
        let values = [SQLValue](unsafeUninitializedCapacity: Int(columnCount)) { buffer, count in
            for column in 0..<columnCount {
                buffer.initializeElement(at: Int(column), to: value(column))
            }
            count = Int(columnCount)
        }
        return Row(values)
    }
}

// MARK: - Values

extension PreparedStatement {
    /// Makes SQLite copy what it is given.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private func bind(_ value: SQLValue, at index: Int32) throws(StorageError) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .real(let number): sqlite3_bind_double(handle, index, number)
            case .text(let text): bind(text, at: index)
            // A blob without an address would be NULL.
            case .bytes(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(handle, index, 0)
            case .bytes(let bytes):
                bytes.withUnsafeBytes {
                    sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), Self.transient)
                }
            }
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func bind(_ text: String, at index: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { utf8 in
            guard let start = utf8.baseAddress else { return sqlite3_bind_text(handle, index, "", 0, nil) }
            return start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                sqlite3_bind_text64(handle, index, $0, UInt64(utf8.count), Self.transient, UInt8(SQLITE_UTF8))
            }
        }
    }

    private func value(_ column: Int32) -> SQLValue {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: .real(sqlite3_column_double(handle, column))
        case SQLITE_TEXT: text(column)
        case SQLITE_BLOB: bytes(column)
        default: .null
        }
    }

    private func text(_ column: Int32) -> SQLValue {
        guard let start = sqlite3_column_text(handle, column) else { return .text("") }
        let count = Int(sqlite3_column_bytes(handle, column))
        return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
    }

    private func bytes(_ column: Int32) -> SQLValue {
        guard let start = sqlite3_column_blob(handle, column) else { return .bytes([]) }
        let count = Int(sqlite3_column_bytes(handle, column))
        return .bytes([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
    }
}
