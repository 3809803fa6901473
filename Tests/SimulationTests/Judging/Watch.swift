import Domain
import Storage
import StorageSQLite

/// The invariants of what is stored, held by the database itself: triggers look at each change as it is made, and
/// `finding` at each commit before it is one.
struct Watch: Sendable {
    private static let ended = "('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')"

    private static let tables = [
        "CREATE TABLE violation (text TEXT NOT NULL)",
        // When the server's present life began, and the lease that was released last.
        "CREATE TABLE watched_server (started BIGINT NOT NULL)",
        """
        CREATE TABLE watched_release (run_id TEXT, attempt BIGINT, duration BIGINT, deadline BIGINT)
        """,
    ]

    private static let firstRows = [
        "INSERT INTO watched_server VALUES (0)", "INSERT INTO watched_release VALUES (NULL, NULL, NULL, NULL)",
    ]

    private static let triggers = [
        trigger(
            "end_moves", "UPDATE OF state_type ON run",
            "OLD.state_type IN \(ended) AND NEW.state_type <> OLD.state_type",
            "'run ' || NEW.id || ' has ended as ' || OLD.state_type || ' and became ' || NEW.state_type"),
        trigger(
            "attempt_shrinks", "UPDATE OF attempt ON run", "NEW.attempt < OLD.attempt",
            "'the attempts at run ' || NEW.id || ' shrank to ' || NEW.attempt"),
        trigger(
            "outcome_changes", "UPDATE OF outcome ON attempt",
            "OLD.outcome IS NOT NULL AND NEW.outcome IS NOT OLD.outcome",
            "'attempt ' || NEW.run_id || '.' || NEW.attempt || ' came to ' || OLD.outcome || ', then to ' || NEW.outcome"
        ),
        trigger(
            "history_changes", "UPDATE ON run_state", "TRUE", "'the history of run ' || NEW.run_id || ' was rewritten'"),
        trigger(
            "queue_limit", "INSERT ON lease",
            """
            (SELECT count(*) FROM lease WHERE queue_id = NEW.queue_id)
                > (SELECT concurrency_limit FROM work_queue WHERE id = NEW.queue_id)
            """, "'the limit of queue ' || NEW.queue_id || ' is exceeded'"),
        trigger(
            "deployment_limit", "INSERT ON lease",
            """
            (SELECT count(*) FROM lease WHERE deployment_id = NEW.deployment_id)
                > (SELECT concurrency_limit FROM deployment WHERE id = NEW.deployment_id)
            """, "'the limit of deployment ' || NEW.deployment_id || ' is exceeded'"),
        trigger(
            "pause", "INSERT ON lease", "(SELECT is_paused FROM work_queue WHERE id = NEW.queue_id)",
            "'run ' || NEW.run_id || ' was granted from a paused queue'"),
        """
        CREATE TRIGGER watch_release BEFORE DELETE ON lease BEGIN
            UPDATE watched_release SET run_id = OLD.run_id, attempt = OLD.attempt, duration = OLD.duration,
                deadline = OLD.deadline;
        END
        """,
        // Nothing that an attempt says counts once its lease is gone; its last word takes the lease along.
        trigger(
            "late_report", "UPDATE OF reports ON attempt",
            """
            NOT EXISTS (SELECT 1 FROM lease WHERE run_id = NEW.run_id AND attempt = NEW.attempt)
                AND NOT EXISTS (
                    SELECT 1 FROM watched_release WHERE run_id = NEW.run_id AND attempt = NEW.attempt)
            """, "'a report of attempt ' || NEW.run_id || '.' || NEW.attempt || ' was taken after its lease'"),
        // A server that starts gives every lease its whole length before it ends any.
        trigger(
            "hasty_expiry", "UPDATE OF outcome ON attempt",
            """
            NEW.message LIKE '%no word from its agent%' AND EXISTS (
                SELECT 1 FROM watched_release JOIN watched_server
                WHERE watched_release.deadline < watched_server.started + watched_release.duration)
            """, "'attempt ' || NEW.run_id || '.' || NEW.attempt || ' was ended too soon after the start'"),
    ]

    private static func trigger(_ name: String, _ event: String, _ condition: String, _ text: String) -> String {
        """
        CREATE TRIGGER watch_\(name) AFTER \(event) WHEN \(condition) BEGIN
            INSERT INTO violation VALUES (\(text));
        END
        """
    }

    /// Sets the watch up in a fresh database.
    init(in engine: SQLiteDatabase) async throws {
        try await engine.transaction(.write) { connection in
            for statement in Self.tables + Self.triggers + Self.firstRows { _ = try connection.run(statement) }
        }
    }

    /// For a database that was emptied.
    func reset(in engine: SQLiteDatabase) async throws {
        try await engine.transaction(.write) { connection in
            for statement in Self.firstRows { _ = try connection.run(statement) }
        }
    }

    func noteStart(at now: Timestamp, in engine: SQLiteDatabase) async throws {
        try await engine.transaction(.write) { connection in
            _ = try connection.run("UPDATE watched_server SET started = $1", .time(now))
        }
    }

    /// What must not be, if it is: a run is held exactly while a lease of its newest attempt lives.
    func finding(on connection: any Connection) throws -> String? {
        let rows = try connection.run(
            """
            SELECT text FROM violation
            UNION ALL SELECT 'run ' || run.id || ', ' || run.state_type || ', is held by '
                || coalesce(run.holder, 'nobody') || ', its lease by ' || coalesce(lease.agent_id, 'nobody')
            FROM run LEFT JOIN lease ON lease.run_id = run.id
            WHERE run.holder IS NOT lease.agent_id OR (lease.attempt IS NOT NULL AND lease.attempt <> run.attempt)
                OR (run.state_type IN ('PENDING', 'CANCELLING') AND lease.run_id IS NULL)
            LIMIT 1
            """)
        guard let row = rows.first else { return nil }
        var reader = row.reader
        return try reader.text()
    }
}
