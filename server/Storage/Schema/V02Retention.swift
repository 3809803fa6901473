extension Migration {
    /// What it takes to find finished runs by their age and number, and what deployments say of it.
    static let v02 = Migration(version: 2, name: "retention") { _ in
        [
            "CREATE INDEX run_finished ON run (deployment_id, end_time, id) WHERE end_time IS NOT NULL",
            "ALTER TABLE deployment ADD COLUMN retention TEXT",
        ]
    }
}
