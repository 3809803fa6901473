import Backups
import Domain
import Foundation
import JSON
import Orchestration
import Secrets
import TestSupport
import Testing

/// The key of the secrets in backups, and without them.
@Suite struct SecretKeyBackupTests {
    /// A data directory with a block in it that this key has sealed.
    private func stage() async throws -> DataStage {
        let stage = try await DataStage()
        let key = try SecretKeyFile(stage.files.secretKey).create([UInt8](repeating: 7, count: SecretKey.size))
        try await stage.use(vault: Vault(key)) { orchestrator in
            try await orchestrator.installSystemBlocks()
            let type = try await orchestrator.blockType(slug: "secret")
            let schemas = try await orchestrator.blockSchemas(.init(reading: .init([:])))
            let schema = try #require(schemas.first { $0.type.id == type.id })
            var request = BlockDocumentRequest(typeID: type.id, schemaID: schema.schema.id)
            request.name = "one"
            request.data = ["value": "hidden"]
            _ = try await orchestrator.createBlockDocument(request)
        }
        return stage
    }

    private func backUp(_ stage: DataStage, holdsKey: Bool) throws -> Backup.Outcome {
        try Backup(of: stage.files, holdsKey: holdsKey).write(
            to: "\(stage.folder)/b", overwrites: true, at: stage.clock.time)
    }

    private func restore(_ stage: DataStage, into name: String, replaces: Bool = false) throws -> [String] {
        let target = "\(stage.folder)/\(name)"
        mkdir(target, 0o700)
        return try Restore("\(stage.folder)/b", into: DataFiles(target)).run(
            replaces: replaces, at: stage.clock.time
        ).findings
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func theSecretsOfHooksAreOpenedToo() async throws {
        let stage = try await stage()
        let key = try #require(try SecretKeyFile(stage.files.secretKey).read())
        try await stage.use(vault: Vault(key)) { orchestrator in
            for (name, scheme) in [("pushes", "github"), ("open", "none")] {
                let hook: JSONValue = ["name": .string(name), "signature": ["scheme": .string(scheme)]]
                _ = try await orchestrator.createHook(try HookRequest(reading: JSONReader(hook)))
            }
        }
        #expect(try Checkup(of: stage.files).run().findings == [])
        try FileManager.default.removeItem(atPath: stage.files.secretKey)
        _ = try SecretKeyFile(stage.files.secretKey).create([UInt8](repeating: 8, count: SecretKey.size))
        let findings = try Checkup(of: stage.files).run().findings
        #expect(findings.count == 2, "\(findings)")
        #expect(findings.contains { $0.contains("1 of 1 blocks cannot be opened") }, "\(findings)")
        #expect(findings.contains { $0.contains("1 of 1 hooks' secrets cannot be opened") }, "\(findings)")
    }

    @Test func aBackupCarriesTheKey() async throws {
        let stage = try await stage()
        let outcome = try backUp(stage, holdsKey: true)
        #expect(outcome.findings.isEmpty && outcome.manifest.holdsKey)
        #expect(try restore(stage, into: "other") == [])
        let path = "\(stage.folder)/other/secrets.key"
        #expect(try text(path) == (try text(stage.files.secretKey)))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aBackupWithoutItSaysWhatIsMissing() async throws {
        let stage = try await stage()
        #expect(try !backUp(stage, holdsKey: false).manifest.holdsKey)
        let findings = try restore(stage, into: "other")
        #expect(findings.count == 1 && findings[0].contains("1 of 1 blocks cannot be opened"), "\(findings)")
        #expect(findings[0].contains("put secrets.key back"))
        // It may be there before, or come afterwards.
        let other = DataFiles("\(stage.folder)/other")
        try FileManager.default.copyItem(atPath: stage.files.secretKey, toPath: other.secretKey)
        #expect(try Checkup(of: other).run().findings == [])
        mkdir("\(stage.folder)/third", 0o700)
        try FileManager.default.copyItem(atPath: stage.files.secretKey, toPath: "\(stage.folder)/third/secrets.key")
        #expect(try restore(stage, into: "third") == [])
    }

    @Test func aKeyThatIsThereIsNeverLost() async throws {
        let stage = try await stage()
        let own = try text(stage.files.secretKey)
        _ = try backUp(stage, holdsKey: false)
        #expect(try restore(stage, into: "data", replaces: true) == [])
        #expect(try text(stage.files.secretKey) == own)

        stage.clock.advance(by: .seconds(1))
        _ = try backUp(stage, holdsKey: true)
        try FileManager.default.removeItem(atPath: stage.files.secretKey)
        _ = try SecretKeyFile(stage.files.secretKey).create([UInt8](repeating: 9, count: SecretKey.size))
        let later = try text(stage.files.secretKey)
        #expect(try stage.findings().first?.contains("sealed with another key") == true)
        let outcome = try Restore("\(stage.folder)/b", into: stage.files).run(replaces: true, at: stage.clock.time)
        #expect(outcome.findings == [])
        #expect(try text(stage.files.secretKey) == own)
        #expect(try text("\(try #require(outcome.replaced))/secrets.key") == later)
    }
}
