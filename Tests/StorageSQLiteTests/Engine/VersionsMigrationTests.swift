import StorageSQLite
import Testing

@testable import Storage

/// Databases of earlier releases.
@Suite struct VersionsMigrationTests {
    @Test func deploymentsOfEarlierReleasesBeginTheirHistory() async throws {
        let earlier = Schema.main.migrations.filter { $0.version < 3 }
        let database = try SQLiteDatabase(inMemory: Schema(migrations: earlier))
        let versions = try await database.transaction(.write) { connection in
            for statement in [
                "INSERT INTO flow (id, name, created, updated) VALUES ('f', 'etl', 1, 1)",
                """
                INSERT INTO deployment (id, flow_id, name, is_paused, enforces_schema, execution, created, updated)
                VALUES ('d', 'f', 'daily', FALSE, TRUE, '{}', 5, 7)
                """,
            ] { _ = try connection.run(statement) }
            try Schema.main.apply(to: connection)
            return try connection.run(
                "SELECT count(*) FROM deployment_version WHERE number = 1 AND created = 7 AND execution = '{}'"
            ).first?.count()
        }
        #expect(versions == 1)
    }
}
