public import Domain
import JSON

extension Store {
    private static func hook(_ reader: inout RowReader) throws(StorageError) -> Hook {
        let (document, secret) = (JSONValue.object(try reader.object()), try reader.bytes())
        return try Self.stored(document) { json throws(JSONReadingError) in
            try Hook(stored: json, sealedSecret: secret)
        }
    }

    /// The hook of that name.
    public func hook(named name: String) throws(StorageError) -> Hook? {
        try rows("SELECT document, sealed_secret FROM hook WHERE name = $1", .text(name)).decoded(Self.hook).first
    }

    /// The hooks that a query asks for.
    public func hooks(_ query: Query) throws(StorageError) -> [Hook] {
        try select("document, sealed_secret", from: "hook", query).decoded(Self.hook)
    }

    /// Adds a hook, or stores it as it is now.
    public func save(_ hook: Hook) throws(StorageError) {
        try execute(
            """
            INSERT INTO hook (id, name, document, sealed_secret, created, updated) VALUES (\(placeholders(6)))
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, document = excluded.document,
                sealed_secret = excluded.sealed_secret, updated = excluded.updated
            """, .id(hook.id), .text(hook.name), .json(hook.json),
            hook.sealedSecret.isEmpty ? .null : .bytes(hook.sealedSecret), .time(hook.created), .time(hook.updated))
    }

    /// Forgets a hook, and what came through it.
    public func deleteHook(_ id: ID<Hook>) throws(StorageError) {
        try execute("DELETE FROM hook_delivery WHERE hook_id = $1", .id(id))
        try execute("DELETE FROM hook WHERE id = $1", .id(id))
    }

    /// What a delivery has brought about, if it was taken before.
    public func receipt(of delivery: String, at hook: ID<Hook>) throws(StorageError) -> HookReceipt? {
        try rows(
            "SELECT event_id, run_id FROM hook_delivery WHERE hook_id = $1 AND delivery_id = $2", .id(hook),
            .text(delivery)
        ).decoded { reader throws(StorageError) in
            HookReceipt(event: try reader.id(), run: try reader.optionalID())
        }.first
    }

    /// Notes a delivery.
    public func insert(
        _ receipt: HookReceipt, of delivery: String, at hook: ID<Hook>, _ time: Timestamp
    ) throws(StorageError) {
        try execute(
            """
            INSERT INTO hook_delivery (hook_id, delivery_id, received, event_id, run_id) VALUES (\(placeholders(5)))
            """, .id(hook), .text(delivery), .time(time), .id(receipt.event), .id(receipt.run))
    }

    /// Whether deliveries are remembered from before that time.
    public func hasHookDeliveries(before time: Timestamp) throws(StorageError) -> Bool {
        try !rows("SELECT 1 FROM hook_delivery WHERE received < $1 LIMIT 1", .time(time)).isEmpty
    }

    /// Forgets deliveries from before that time: `limit` at most.
    public func deleteHookDeliveries(before time: Timestamp, limit: Int) throws(StorageError) {
        let old = try rows(
            "SELECT hook_id, delivery_id FROM hook_delivery WHERE received < $1 ORDER BY received LIMIT $2",
            .time(time), .int(limit)
        ).decoded { reader throws(StorageError) in (hook: try reader.text(), delivery: try reader.text()) }
        for row in old {
            try execute(
                "DELETE FROM hook_delivery WHERE hook_id = $1 AND delivery_id = $2", .text(row.hook),
                .text(row.delivery))
        }
    }
}
