import GRDB

extension Configuration {
    /// The connection that writes.
    static func writer(isFile: Bool) -> Configuration {
        var configuration = shared(label: "sluice.writer")
        if isFile { configuration.journalMode = .wal }
        configuration.prepareDatabase { database in
            // Only a database without tables takes this; it lets free pages leave the file piece by piece.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA cache_size = -8000")
            // Each body of a group has a savepoint, for which SQLite keeps a copy of every page that changes: on disk, it
            // was two of three writes. A group is small, so they fit into memory.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            // Fewer, larger checkpoints, and a log that shrinks again after a large transaction (bytes).
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            try database.execute(sql: "PRAGMA journal_size_limit = 33554432")
        }
        return configuration
    }

    /// A connection that reads. Pages that it drops are still in the system's cache; mapping the file instead would
    /// turn an error of the disk into a signal that kills the server.
    static var reader: Configuration {
        var configuration = shared(label: "sluice.reader")
        configuration.readonly = true
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -2000") }
        return configuration
    }

    private static func shared(label: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = label
        // Only for a program that looks into the file from outside: our own connections never wait for each other.
        configuration.busyMode = .timeout(10)
        return configuration
    }
}
