import CSQLite

/// SQLite counts the memory that all connections of a process use together, under one lock: the writer and the readers wait
/// for each other with each allocation. Nobody asks for that count.
enum MemoryCount {
    /// Ends it, before the first connection is opened; later it cannot be, and goes on.
    static let end: Void = { _ = sluice_sqlite3_count_no_memory() }()
}
