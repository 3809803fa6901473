import Foundation
import Testing

@testable import Storage

/// Whatever can be wrong with the data is found.
@Suite struct CheckupTests {
    @Test func soundDataHaveNoFindings() async throws {
        let stage = try await DataStage()
        #expect(try stage.findings() == [])
    }

    @Test func soundDataHaveNoFindingsWhileTheyAreInUse() async throws {
        let stage = try await DataStage()
        let findings = try await stage.use { _ in try stage.findings() }
        #expect(findings == [])
    }

    /// What is done to the data, and what is said of it.
    private static let damages: [(sql: String, complaint: String)] = [
        ("DELETE FROM run_state WHERE run_id = (SELECT max(id) FROM run)", "has no row in its history for the state"),
        ("UPDATE run SET state_name = 'Late' WHERE state_type = 'COMPLETED'", "is in another state than the last one"),
        (
            "UPDATE run SET state_version = state_version - 1 WHERE holder IS NOT NULL",
            "has a history that goes on behind"
        ),
        ("DELETE FROM run WHERE state_type = 'COMPLETED'", "has a history and does not exist"),
        ("UPDATE run_state SET id = (SELECT min(id) FROM run_state)", "is in histories more than once"),
        ("UPDATE run SET end_time = NULL", "has an end although it has not ended, or none although it has"),
        ("UPDATE lease SET agent_id = 'somebody'", "is leased to somebody who does not hold it"),
        ("DELETE FROM lease", "is held without a lease"),
        ("DELETE FROM attempt", "is not on record"),
        ("UPDATE attempt SET attempt = 9", "was never granted"),
        (hold(slots: -1, lease: "NULL"), "holds fewer than no slots"),
        (hold(slots: 1, lease: "NULL"), "holds slots of a limit that does not exist"),
        (hold(slots: 1, lease: "60"), "is to be renewed and has no end"),
        (
            """
            INSERT INTO concurrency_hold (limit_id, lease_id, slots, granted, holder_kind, holder_id)
            VALUES ('nothing', 'r', 1, 0, 'flow_run', 'r')
            """, "holds a slot of a limit on a tag"
        ),
        ("UPDATE tally SET runs = runs + 1", "are not as many as the tally says"),
        ("UPDATE batch SET size = 1", "has more runs than were submitted"),
        ("UPDATE lane SET is_open = FALSE", "waits in a lane that is closed"),
        ("UPDATE work_pool SET default_queue_id = 'nothing'", "has no default queue"),
        (
            """
            INSERT INTO trigger_bucket (trigger_id, key, automation_id, start_time, end_time, count, is_proactive)
            VALUES ('t', '[]', 'nothing', 0, 0, 0, FALSE)
            """, "counts for no automation"
        ),
        (
            """
            INSERT INTO deployment_schedule (id, deployment_id, schedule, is_active, created, updated)
            VALUES ('s', 'nothing', '{}', TRUE, 0, 0)
            """, "belongs to no deployment"
        ),
    ]

    /// A hold of no limit.
    private static func hold(slots: Int, lease: String) -> String {
        """
        INSERT INTO concurrency_hold (limit_id, lease_id, slots, granted, lease_duration)
        VALUES ('nothing', 'l', \(slots), 0, \(lease))
        """
    }

    @Test(arguments: damages.indices)
    func everyInvariantIsHeld(number: Int) async throws {
        let stage = try await DataStage()
        let (sql, complaint) = Self.damages[number]
        try await stage.damage(sql)
        let findings = try stage.findings()
        #expect(findings.contains { $0.contains(complaint) }, "\(findings)")
    }

    @Test func noInvariantIsLeftOut() {
        for invariant in Invariant.all {
            #expect(Self.damages.contains { invariant.complaint.hasPrefix($0.complaint) }, "\(invariant.complaint)")
        }
    }

    @Test(arguments: [
        ("UPDATE run SET due = due + 1 WHERE readiness = 2", "is due at another time"),
        ("UPDATE run SET readiness = 2 WHERE state_type = 'COMPLETED'", "is in the ready set, although"),
        ("UPDATE run SET readiness = 0", "waits, and is not in the ready set"),
        ("UPDATE run SET policy = '{'", "cannot be read"),
        ("DELETE FROM bundle", "was never uploaded"),
        ("UPDATE bundle SET size = 1", "bytes instead of 1"),
    ])
    func rowsAreReadAndCompared(sql: String, complaint: String) async throws {
        let stage = try await DataStage()
        try await stage.damage(sql)
        let findings = try stage.findings()
        #expect(findings.contains { $0.contains(complaint) }, "\(findings)")
    }

    @Test(arguments: [
        ("UPDATE log_chunk SET body = x'00'", "cannot be read"),
        ("UPDATE log_chunk SET max_time = min_time - 1", "has lines outside of the times"),
    ])
    func logsAreRead(sql: String, complaint: String) async throws {
        let stage = try await DataStage()
        try await stage.damage(sql, in: stage.logs)
        let findings = try stage.findings()
        #expect(
            findings.contains { $0.hasPrefix("\(stage.logs): chunk ") && $0.contains(complaint) }, "\(findings)")
    }

    @Test func aDamagedPageIsFound() async throws {
        let stage = try await DataStage()
        let file = try #require(FileHandle(forUpdatingAtPath: "\(stage.data)/sluice.sqlite"))
        let end = try file.seekToEnd()
        // Neither the first pages, which SQLite reads when it opens the file, nor ones that are all text.
        for page in stride(from: UInt64(8), to: end / 4096, by: 3) {
            try file.seek(toOffset: page * 4096)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 512))
        }
        try file.close()
        #expect(try stage.findings().contains { $0.hasPrefix("sluice.sqlite: ") })
    }

    @Test func aBundleThatIsDamagedOrMissingIsFound() async throws {
        let stage = try await DataStage()
        let path = "\(stage.data)/bundles/\(stage.bundle).bundle"
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: 600)
        try file.write(contentsOf: Data([1]))
        try file.close()
        #expect(try stage.findings().contains { $0.contains(stage.bundle) && $0.contains("plain") })
        try FileManager.default.removeItem(atPath: path)
        #expect(try stage.findings().contains { $0.contains(stage.bundle) && $0.contains("plain") })
    }
}
