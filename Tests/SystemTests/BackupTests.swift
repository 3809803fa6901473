import Glibc
import Storage
import StorageSQLite
import TestSupport
import Testing

/// Backup, restore and check of a server's data, by the programs themselves.
@Suite(.timeLimit(.minutes(5))) struct BackupTests {
    private func sluice(_ place: Installation, _ arguments: String...) async throws -> (status: Int32, text: String) {
        let result = try Program("sluice", ["server"] + arguments, in: place.sandbox)
        return (try await result.wait(), result.output + result.errors)
    }

    @Test func aBackupUnderLoadHoldsAllThatWasAcknowledgedBefore() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        let clients = SubmittingClients(
            api: "http://\(place.http)/api", deployment: try await place.submissible(), prefix: "b-")
        async let submitting: Void = clients.run(seed: 1)
        _ = try await eventually("some acknowledgements") { clients.ledger.all.acknowledged > 50 ? true : nil }
        let before = clients.ledger.all
        let file = "\(place.sandbox.path)/monday.sluice"
        let backup = try await sluice(place, "backup", file, "--data", place.data)
        #expect(backup.status == 0, "\(backup.text)")
        let during = clients.ledger.all.acknowledged
        _ = try await eventually("more acknowledgements") {
            clients.ledger.all.acknowledged > during + 50 ? true : nil
        }
        let refused = try await sluice(place, "restore", file, "--data", place.data, "--replace")
        #expect(refused.status == 1 && refused.text.contains("\(server.pid)"), "\(refused.text)")
        server.signal(SIGKILL)
        try await server.wait()
        await submitting
        #expect(try await sluice(place, "backup", file, "--data", place.data).status == 1, "never over a file")
        #expect(try await sluice(place, "restore", file, "--data", place.data).status == 1, "never over data")
        let restored = try await sluice(place, "restore", file, "--data", place.data, "--replace")
        #expect(restored.status == 0, "\(restored.text)")
        try await place.expectSoundData()
        _ = try await place.startServer()
        #expect(before.complaints(about: try await clients.stored().filter { before.isOf($0) }) == [])
        _ = try place.startAgent()
        let run = try await place.sluice("run", "sample/waits", "--follow")
        #expect(run.status == 0, "the code is there too: \(run.errors)")
    }

    @Test func wrongArgumentsAreTold() async throws {
        let place = try Installation()
        for arguments in [["backup"], ["restore"], ["check", "--nonsense"], ["backup", "a", "b"]] {
            let program = try Program("sluice", ["server"] + arguments, in: place.sandbox)
            #expect(try await program.wait() == 2, "\(arguments): \(program.errors)")
        }
        let nothing = try await sluice(place, "check", "--data", "\(place.sandbox.path)/nothing")
        #expect(nothing.status == 1 && nothing.text.contains("--data"))
    }

    @Test func aRestoreThatWasCutOffKeepsTheServerFromStarting() async throws {
        let place = try Installation()
        mkdir(place.data, 0o700)
        mkdir("\(place.data)/restoring", 0o700)
        let server = try Program("sluice-server", ["--data", place.data], in: place.sandbox)
        #expect(try await server.wait() == 1)
        #expect(server.errors.contains("restore") && server.errors.contains("again"), "\(server.errors)")
        #expect(access("\(place.data)/sluice.sqlite", F_OK) != 0)
    }

    @Test func dataOfANewerReleaseAreLeftAlone() async throws {
        let place = try Installation()
        let server = try await place.startServer()
        server.signal(SIGTERM)
        #expect(try await server.wait() == 0)
        let path = "\(place.data)/sluice.sqlite"
        let database = try SQLiteDatabase(path: path, schema: .main)
        try await database.transaction(.write) { connection in
            _ = try connection.run("INSERT INTO schema_version (version) VALUES (1000)", [])
        }
        try await database.close()
        let before = try stored(in: path)
        for arguments in [[], ["check"], ["backup", "\(place.sandbox.path)/b"]] {
            let program = try Program("sluice-server", arguments + ["--data", place.data], in: place.sandbox)
            #expect(try await program.wait() == 1)
            #expect(program.errors.contains("schema version 1000") && program.errors.contains("later"))
        }
        #expect(try stored(in: path) == before)
    }

    /// The tables of a database, and what kinds of place for work it has.
    private func stored(in path: String) throws -> [[SQLValue]] {
        let file = try SQLiteFile(path)
        let rows = try file.read { connection in
            try ["SELECT name, sql FROM sqlite_master ORDER BY name", "SELECT * FROM work_pool, schema_version"]
                .flatMap { try connection.run($0, []) }
        }
        try file.close()
        return rows.map(\.values)
    }
}

extension Ledger.Entries {
    /// Whether these entries know of the run: those that were submitted later do not.
    fileprivate func isOf(_ run: StoredRun) -> Bool {
        runs[run.name] != nil || batches[run.name.prefix { $0 != "." } + ".b"] != nil
    }
}
