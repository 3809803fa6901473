extension Migration {
    /// Lanes by the limits on tags, what agents offer and leases take of it, and how often runs may start.
    static let v13 = Migration(version: 13, name: "tags, resources and rates") { _ in
        V13.lanes + V13.resources + V13.rates
    }
}

private enum V13 {
    /// The key of a lane grows by the tags of its runs that have a limit: the table is made anew.
    static let lanes = [
        "DROP INDEX lane_open",
        """
        CREATE TABLE lane_of_tags (
            id BIGINT PRIMARY KEY, queue_id TEXT NOT NULL, deployment_id TEXT NOT NULL, batch_id TEXT NOT NULL,
            claimants TEXT NOT NULL, tags TEXT NOT NULL, is_open BOOLEAN NOT NULL,
            UNIQUE (queue_id, deployment_id, batch_id, claimants, tags))
        """,
        """
        INSERT INTO lane_of_tags (id, queue_id, deployment_id, batch_id, claimants, tags, is_open)
        SELECT id, queue_id, deployment_id, batch_id, claimants, '', is_open FROM lane
        """,
        "DROP TABLE lane",
        "ALTER TABLE lane_of_tags RENAME TO lane",
        "CREATE INDEX lane_open ON lane (queue_id) WHERE is_open = TRUE",
        "CREATE INDEX lane_tagged ON lane (queue_id) WHERE tags <> ''",
    ]

    static let resources = [
        // Thousandths of a processor, bytes, devices.
        "ALTER TABLE agent ADD COLUMN cpu BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE agent ADD COLUMN memory BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE agent ADD COLUMN gpu BIGINT NOT NULL DEFAULT 0",
        // Absent for the runs that ask for nothing, which most are.
        "ALTER TABLE lease ADD COLUMN cpu BIGINT",
        "ALTER TABLE lease ADD COLUMN memory BIGINT",
        "ALTER TABLE lease ADD COLUMN gpu BIGINT",
        // Set where its run holds slots of limits on tags, which end with it.
        "ALTER TABLE lease ADD COLUMN is_tagged BOOLEAN",
        "CREATE INDEX lease_by_resources ON lease (agent_id) WHERE cpu IS NOT NULL",
    ]

    static let rates = [
        "ALTER TABLE work_pool ADD COLUMN rate_limit TEXT",
        "ALTER TABLE work_pool ADD COLUMN ageing BIGINT",
        "ALTER TABLE work_queue ADD COLUMN rate_limit TEXT",
        // What is left of a rate, and of which.
        """
        CREATE TABLE rate_bucket (
            scope TEXT PRIMARY KEY, rate_limit TEXT NOT NULL, units BIGINT NOT NULL, time BIGINT NOT NULL)
        """,
    ]
}
