import Bundles
import Domain
import JSON
import Secrets
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import Orchestration

/// Blocks and the key that their data are sealed with.
@Suite struct VaultTests {
    private static func key(_ byte: UInt8) throws -> SecretKey {
        try #require(SecretKey([UInt8](repeating: byte, count: SecretKey.size)))
    }

    /// The same data under another key.
    private func orchestrator(on stage: Stage, _ vault: Vault) throws -> Orchestrator {
        Orchestrator(
            database: stage.orchestrator.database, logs: stage.orchestrator.logs, bundles: stage.orchestrator.bundles,
            surroundings: stage.orchestrator.surroundings, vault: vault)
    }

    private func request(_ orchestrator: Orchestrator, named name: String = "one") async throws -> BlockDocumentRequest
    {
        try await orchestrator.installSystemBlocks()
        let type = try await orchestrator.blockType(slug: "secret")
        var schema = BlockSchemaRequest(typeID: type.id)
        schema.fields = ["secret_fields": ["token"]]
        var request = BlockDocumentRequest(
            typeID: type.id, schemaID: try await orchestrator.ensureBlockSchema(schema).schema.schema.id)
        request.data = ["token": "a-very-special-token", "plain": "a-very-plain-text"]
        request.name = name
        return request
    }

    @Test func nothingOfABlockIsReadableInTheDatabase() async throws {
        let stage = try await Stage()
        let block = try await stage.orchestrator.createBlockDocument(try await request(stage.orchestrator))
        let sealed = block.document.sealedData
        for text in ["special", "plain", "token"] {
            #expect(!sealed.indices.contains { sealed[$0...].starts(with: Array(text.utf8)) })
        }
        let again = try await stage.orchestrator.blockDocument(block.document.id, revealing: true)
        #expect(again.data["token"] == "a-very-special-token")
        #expect(try await stage.orchestrator.lockedBlocks() == nil)
    }

    @Test func withoutItsKeyABlockIsListedAndDeleted() async throws {
        let stage = try await Stage()
        let right = try orchestrator(on: stage, Vault(try Self.key(1)))
        let id = try await right.createBlockDocument(try await request(right)).document.id
        for (vault, reason) in [(Vault(nil), SecretFailure.noKey), (Vault(try Self.key(2)), .otherKey)] {
            let other = try orchestrator(on: stage, vault)
            #expect(try await other.blockDocument(id, revealing: false).data == [:])
            await #expect(throws: reason) { try await other.blockDocument(id, revealing: true) }
            var changes = BlockDocumentChanges()
            changes.data = ["plain": "x"]
            await #expect(throws: reason) { try await other.updateBlockDocument(id, changes) }
            let found = try await other.lockedBlocks()
            #expect(found?.count == 1 && found?.reason == reason)
            if case .unavailable = UseCaseFailure(reason) {} else { Issue.record("\(reason)") }
        }
        let keyless = try orchestrator(on: stage, Vault(nil))
        let another = try await request(keyless, named: "two")
        await #expect(throws: SecretFailure.noKey) { _ = try await keyless.createBlockDocument(another) }
        try await keyless.deleteBlockDocument(id)
        #expect(try await keyless.lockedBlocks() == nil)
    }

    /// Bytes that are moved from one block to another cannot be opened there.
    @Test func sealedDataBelongToTheirBlock() async throws {
        let stage = try await Stage()
        let orchestrator = stage.orchestrator
        _ = try await orchestrator.createBlockDocument(try await request(orchestrator))
        let second = try await orchestrator.createBlockDocument(try await request(orchestrator, named: "two"))
        try await stage.orchestrator.database.transaction(.write) { connection in
            _ = try connection.run(
                """
                UPDATE block_document SET sealed_data = (SELECT sealed_data FROM block_document WHERE name = 'one')
                """)
        }
        await #expect(throws: SecretFailure.damaged) {
            try await orchestrator.blockDocument(second.document.id, revealing: true)
        }
        #expect(try await orchestrator.blockDocument(second.document.id, revealing: false).data == [:])
        try await orchestrator.deleteBlockDocument(second.document.id)
    }

    /// Definitions that nest a block in itself make neither the registration nor the reading endless.
    @Test func aSchemaThatHoldsItselfIsRead() async throws {
        let stage = try await Stage()
        let type = try await stage.orchestrator.createBlockType(BlockTypeRequest(name: "T", slug: "t"))
        let own: JSONObject = [
            "title": "T", "block_type_slug": "t", "properties": ["t": ["$ref": "#/definitions/T"]],
            "block_schema_references": ["t": ["block_type_slug": "t", "block_schema_checksum": "unknown"]],
        ]
        var request = BlockSchemaRequest(typeID: type.id)
        request.fields = own.merging(["definitions": ["T": .object(own)]])
        let tree = try await stage.orchestrator.ensureBlockSchema(request).schema
        #expect(tree.fields["definitions"]?["T"]?["title"] == "T")
        #expect(try await stage.orchestrator.blockSchema(tree.schema.id).fields == tree.fields)
    }
}
