import Backups
import Domain
import Foundation
import Orchestration
import Storage
import StorageSQLite
import TestSupport
import Testing

@Suite struct BackupTests {
    private func restored(_ stage: DataStage, _ name: String = "other") throws -> (Restore, DataFiles, String) {
        let target = "\(stage.folder)/\(name)"
        mkdir(target, 0o700)
        return (Restore("\(stage.folder)/b", into: DataFiles(target)), DataFiles(target), target)
    }

    private func backUp(_ stage: DataStage, overwrites: Bool = false) throws -> Backup.Outcome {
        try Backup(of: stage.files).write(to: "\(stage.folder)/b", overwrites: overwrites, at: stage.clock.time)
    }

    private func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func refusal(_ body: () throws -> Void) throws -> String {
        let failure = #expect(throws: BackupFailure.self) { try body() }
        return "\(try #require(failure))"
    }

    @Test func whatIsBackedUpIsRestored() async throws {
        let stage = try await DataStage()
        let names = try await stage.runNames()
        let outcome = try await stage.use { _ in try backUp(stage) }
        #expect(outcome.findings.isEmpty)
        #expect(
            outcome.manifest.files.map(\.name) == ["bundles/\(stage.bundle).bundle", stage.logs, "sluice.sqlite"])
        let (restore, files, _) = try restored(stage)
        let back = try restore.run(replaces: false, at: stage.clock.time)
        #expect(back.findings.isEmpty && back.replaced == nil && back.manifest == outcome.manifest)
        #expect(try Checkup(of: files).run().findings.isEmpty)
        #expect(try self.names(in: files.root) == ["bundles", "logs", "sluice.sqlite", "sluice.sqlite.lock"])
        // The release's own database again, in every respect.
        let database = try SQLiteDatabase(path: files.database, schema: .main)
        let found = try await database.read { try $0.runs(Query(order: "run.id", limit: 1000)) }.map(\.name).sorted()
        #expect(found == names && found.count == 7)
        let vacuum = try await database.transaction(.read) { try $0.run("PRAGMA auto_vacuum").first?.values.first }
        #expect(vacuum == 2)
        try await database.close()
    }

    @Test func aBackupIsOneMomentWhileTheServerWrites() async throws {
        let stage = try await DataStage()
        try await stage.use { orchestrator in
            let deployment = try await orchestrator.deployment(named: "plain", ofFlow: "sample").id
            async let submitting: Void = {
                for _ in 0..<300 { _ = try await orchestrator.submit(RunRequest(), to: deployment) }
            }()
            for _ in 0..<5 {
                let outcome = try backUp(stage, overwrites: true)
                #expect(outcome.findings.isEmpty)
                let (restore, _, target) = try restored(stage)
                // Among its findings would be tallies that are not what the runs are.
                #expect(try restore.run(replaces: false, at: stage.clock.time).findings.isEmpty)
                try FileManager.default.removeItem(atPath: target)
            }
            try await submitting
        }
    }

    @Test func aFileIsReplacedOnlyByForce() async throws {
        let stage = try await DataStage()
        try "mine".write(toFile: "\(stage.folder)/b", atomically: true, encoding: .utf8)
        #expect(try refusal { _ = try backUp(stage) }.contains("--force"))
        #expect(try String(contentsOfFile: "\(stage.folder)/b", encoding: .utf8) == "mine")
        _ = try backUp(stage, overwrites: true)
        let (restore, _, _) = try restored(stage)
        #expect(try restore.run(replaces: false, at: stage.clock.time).findings.isEmpty)
        #expect(try names(in: stage.folder) == ["b", "code", "data", "other"], "nothing is left over")
    }

    @Test func aFailureLeavesNothing() async throws {
        let stage = try await DataStage()
        #expect(
            try refusal {
                _ = try Backup(of: DataFiles("\(stage.folder)/code")).write(
                    to: "\(stage.folder)/b", overwrites: false, at: stage.clock.time)
            }.contains("--data"))
        try await stage.damage("INSERT INTO schema_version (version) VALUES (1000)")
        #expect(try refusal { _ = try backUp(stage) }.contains("schema version 1000"))
        #expect(try names(in: stage.folder) == ["code", "data"])
    }

    @Test func aMissingBundleIsToldAndAllElseIsBackedUp() async throws {
        let stage = try await DataStage()
        try FileManager.default.removeItem(atPath: "\(stage.data)/bundles/\(stage.bundle).bundle")
        let outcome = try backUp(stage)
        #expect(outcome.findings.count == 1 && outcome.findings[0].contains("needed by plain"))
        let (restore, _, _) = try restored(stage)
        #expect(try restore.run(replaces: false, at: stage.clock.time).findings.count == 1)
    }

    // MARK: Restoring over something

    @Test func dataAreReplacedOnlyWhenThatIsSaid() async throws {
        let stage = try await DataStage()
        _ = try backUp(stage)
        try await stage.damage("UPDATE run SET name = 'later'")
        let before = try names(in: stage.data)
        let restore = Restore("\(stage.folder)/b", into: stage.files)
        #expect(try refusal { _ = try restore.run(replaces: false, at: stage.clock.time) }.contains("--replace"))
        #expect(try names(in: stage.data) == before)
        let outcome = try restore.run(replaces: true, at: stage.clock.time)
        let replaced = try #require(outcome.replaced)
        #expect(try !(await stage.runNames()).contains("later"))
        #expect(try names(in: replaced).contains("sluice.sqlite"))
        #expect(!stage.files.isHalfRestored)
    }

    @Test func aServerThatRunsIsNotDisturbed() async throws {
        let stage = try await DataStage()
        _ = try backUp(stage)
        try await stage.use { _ in
            let restore = Restore("\(stage.folder)/b", into: stage.files)
            let text = try refusal { _ = try restore.run(replaces: true, at: stage.clock.time) }
            #expect(text.contains("in use by process \(getpid())"))
        }
        #expect(try stage.findings().isEmpty)
    }

    /// A byte that was changed, and an end that is missing.
    @Test func aDamagedBackupTouchesNothing() async throws {
        let stage = try await DataStage()
        _ = try backUp(stage)
        let path = "\(stage.folder)/b"
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        var damaged: [Data] = stride(from: 0, to: sound.count, by: max(1, sound.count / 23)).map { offset in
            var copy = sound
            copy[offset] ^= 0x10
            return copy
        }
        damaged += [sound.prefix(sound.count / 2), sound.prefix(sound.count - 512), Data(), sound + Data([0])]
        let before = try names(in: stage.data)
        for copy in damaged {
            try copy.write(to: URL(fileURLWithPath: path))
            let restore = Restore(path, into: stage.files)
            #expect(try !refusal { _ = try restore.run(replaces: true, at: stage.clock.time) }.isEmpty)
            #expect(try names(in: stage.data) == before)
        }
        #expect(try stage.findings().isEmpty)
    }

    @Test func aRestoreThatWasCutOffIsRepeated() async throws {
        let stage = try await DataStage()
        let names = try await stage.runNames()
        _ = try backUp(stage)
        // As if it had been killed while it moved things: some of the old are aside already.
        mkdir("\(stage.data)/restoring", 0o700)
        mkdir("\(stage.data)/replaced-1", 0o700)
        rename("\(stage.data)/sluice.sqlite", "\(stage.data)/replaced-1/sluice.sqlite")
        #expect(stage.files.isHalfRestored)
        _ = try Restore("\(stage.folder)/b", into: stage.files).run(replaces: true, at: stage.clock.time)
        #expect(!stage.files.isHalfRestored)
        #expect(try await stage.runNames() == names)
        #expect(try stage.findings().isEmpty)
    }
}
