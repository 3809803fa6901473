extension Migration {
    /// What is to be done may be to be done later, again, or only when somebody says so.
    static let v14 = Migration(version: 14, name: "deliveries") { _ in
        [
            "ALTER TABLE automation_action ADD COLUMN is_dead BOOLEAN NOT NULL DEFAULT FALSE",
            "ALTER TABLE automation_action ADD COLUMN due BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE automation_action ADD COLUMN tries BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE automation_action ADD COLUMN last_tried BIGINT",
            "ALTER TABLE automation_action ADD COLUMN reason TEXT",
            "DROP INDEX automation_action_by_side",
            "CREATE INDEX automation_action_by_due ON automation_action (is_outward, is_dead, due, id)",
        ]
    }
}
