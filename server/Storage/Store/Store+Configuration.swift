public import JSON

/// Settings that are changed while the server runs.
public enum ConfigurationKey: String, Sendable {
    /// The block that results of runs are written by, if they name none.
    case resultStorage = "default-result-storage"
}

extension Store {
    /// A setting; nothing if it was never made.
    public func configuration(_ key: ConfigurationKey) throws(StorageError) -> JSONValue? {
        try rows("SELECT value FROM configuration WHERE key = $1", .text(key.rawValue))
            .decoded { reader throws(StorageError) in try reader.optionalJSON() }.first ?? nil
    }

    /// Makes a setting, or forgets it.
    public func setConfiguration(_ key: ConfigurationKey, to value: JSONValue?) throws(StorageError) {
        guard let value, !value.isNull else {
            return try execute("DELETE FROM configuration WHERE key = $1", .text(key.rawValue))
        }
        try execute(
            """
            INSERT INTO configuration (key, value) VALUES ($1, $2)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """, .text(key.rawValue), .json(value))
    }
}
