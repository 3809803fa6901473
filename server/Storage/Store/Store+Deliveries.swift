public import Domain
import JSON

/// What automations are to do: each stands here until it is done.
extension Store {
    private static let deliveryColumns = "document, is_dead, tries, last_tried, due, reason"

    private static func delivery(_ reader: inout RowReader) throws(StorageError) -> Delivery {
        let action = try Self.stored(.object(try reader.object())) { json throws(JSONReadingError) in
            try TriggeredAction(reading: json)
        }
        return Delivery(
            action: action, state: try reader.flag() ? .dead : .waiting, tries: try reader.int(),
            lastTried: try reader.optionalTime(), due: try reader.time(), reason: try reader.optionalText())
    }

    /// Notes an action that is to be done.
    public func insert(_ action: TriggeredAction) throws(StorageError) {
        try execute(
            "INSERT INTO automation_action (id, is_outward, document) VALUES ($1, $2, $3)", .id(action.id),
            .flag(action.action.isOutward), .json(action.json))
    }

    /// What is to be done by `time`, the first due first.
    ///
    /// - Parameter outward: what concerns somebody else's servers, or what does not.
    public func dueDeliveries(outward: Bool, at time: Timestamp, limit: Int) throws(StorageError) -> [Delivery] {
        try rows(
            """
            SELECT \(Self.deliveryColumns) FROM automation_action
            WHERE is_outward = $1 AND is_dead = FALSE AND due <= $2 ORDER BY due, id LIMIT $3
            """, .flag(outward), .time(time), .int(limit)
        ).decoded(Self.delivery)
    }

    /// When the next of them is to be done.
    public func nextDelivery(outward: Bool) throws(StorageError) -> Timestamp? {
        try rows(
            """
            SELECT due FROM automation_action WHERE is_outward = $1 AND is_dead = FALSE ORDER BY due, id LIMIT 1
            """, .flag(outward)
        ).decoded { reader throws(StorageError) in try reader.time() }.first
    }

    /// A message that has not got to its end, or an action that is not done yet.
    public func delivery(_ id: ID<TriggeredAction>) throws(StorageError) -> Delivery? {
        try rows("SELECT \(Self.deliveryColumns) FROM automation_action WHERE id = $1", .id(id))
            .decoded(Self.delivery).first
    }

    /// The messages that a query asks for.
    public func deliveries(_ query: Query) throws(StorageError) -> [Delivery] {
        try select(Self.deliveryColumns, from: "automation_action", query).decoded(Self.delivery)
    }

    /// Stores what has become of a message.
    ///
    /// - Returns: whether it is still there.
    public func update(_ delivery: Delivery) throws(StorageError) -> Bool {
        try !rows(
            """
            UPDATE automation_action SET is_dead = $1, tries = $2, last_tried = $3, due = $4, reason = $5
            WHERE id = $6 RETURNING id
            """, .flag(delivery.state == .dead), .int(delivery.tries), .time(delivery.lastTried), .time(delivery.due),
            .text(delivery.reason), .id(delivery.id)
        ).isEmpty
    }

    /// Notes that an action has been done, or that nobody wants it any more.
    ///
    /// - Returns: whether that was not known.
    public func deleteTriggeredAction(_ id: ID<TriggeredAction>) throws(StorageError) -> Bool {
        try !rows("DELETE FROM automation_action WHERE id = $1 RETURNING id", .id(id)).isEmpty
    }

    /// Whether more messages are dead than that.
    public func hasDeadDeliveries(moreThan count: Int) throws(StorageError) -> Bool {
        try !rows(
            "SELECT 1 FROM automation_action WHERE is_outward = TRUE AND is_dead = TRUE LIMIT 1 OFFSET $1", .int(count)
        ).isEmpty
    }

    /// Forgets dead messages, but for the newest: those that were last tried first.
    public func dropDeadDeliveries(keeping count: Int) throws(StorageError) {
        try execute(
            """
            DELETE FROM automation_action WHERE id IN (
                SELECT id FROM automation_action WHERE is_outward = TRUE AND is_dead = TRUE
                ORDER BY last_tried DESC, id DESC LIMIT 1000 OFFSET $1)
            """, .int(count))
    }
}
