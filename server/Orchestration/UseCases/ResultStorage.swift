public import Domain
import JSON
import Storage

extension Orchestrator {
    /// The block that results of runs are written by, if they name none; nothing for the files of their host.
    public func resultStorage() async throws -> ID<BlockDocument>? {
        try await database.read { try $0.resultStorage() }
    }

    /// - Parameter block: nothing for none.
    /// - Throws: `OrchestrationError.notFound`; `.invalid` for a block that nothing can be written by.
    public func setResultStorage(_ block: ID<BlockDocument>?) async throws {
        try await change { change in
            if let block {
                let document = try change.store.blockDocument(block).orNotFound("Block document", block)
                let capabilities = try change.store.blockSchema(document.schemaID)?.capabilities ?? []
                guard capabilities.contains("write-path") else {
                    throw OrchestrationError.invalid("Block document \(block) cannot be used for result storage.")
                }
            }
            try change.store.setConfiguration(.resultStorage, to: block?.json)
        }
    }
}

extension Store {
    func resultStorage() throws(StorageError) -> ID<BlockDocument>? {
        try configuration(.resultStorage)?.stringValue.flatMap { ID<BlockDocument>($0) }
    }
}

extension Change {
    /// Results are not written by a block that was just deleted.
    func dropLostResultStorage() throws {
        guard let block = try store.resultStorage(), try store.blockDocument(block) == nil else { return }
        try store.setConfiguration(.resultStorage, to: nil)
    }
}
