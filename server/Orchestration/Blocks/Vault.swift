import Domain
import JSON
public import Secrets
import Storage

/// Where the data of blocks are sealed and opened.
public struct Vault: Sendable {
    private let key: SecretKey?

    /// - Parameter key: nothing if it is lost: then nothing can be sealed or opened until it is found again.
    public init(_ key: SecretKey?) { self.key = key }

    /// One whose key nobody keeps.
    init(passing surroundings: Surroundings) {
        self.init(SecretKey(surroundings.bytes(SecretKey.size)))
    }

    /// - Parameter nonce: `SecretKey.nonceSize` random bytes.
    /// - Throws: `SecretFailure`.
    func seal(_ data: JSONObject, of block: ID<BlockDocument>, nonce: [UInt8]) throws(SecretFailure) -> [UInt8] {
        guard let key else { throw .noKey }
        return try key.seal(JSONValue.object(data).serializedBytes(), nonce: nonce, of: BlockDocument.seal(of: block))
    }

    /// - Throws: `SecretFailure`.
    func open(_ block: BlockDocument) throws(SecretFailure) -> JSONObject {
        guard let key else { throw .noKey }
        let bytes = try key.open(block.sealedData, of: BlockDocument.seal(of: block.id))
        guard let data = try? JSONValue(parsing: bytes).objectValue else { throw .damaged }
        return data
    }

    // MARK: - Secrets of hooks

    /// - Parameter nonce: `SecretKey.nonceSize` random bytes.
    /// - Throws: `SecretFailure`.
    func seal(_ secret: String, of hook: ID<Hook>, nonce: [UInt8]) throws(SecretFailure) -> [UInt8] {
        guard let key else { throw .noKey }
        return try key.seal(Array(secret.utf8), nonce: nonce, of: Hook.seal(of: hook))
    }

    /// - Throws: `SecretFailure`.
    func secret(of hook: Hook) throws(SecretFailure) -> [UInt8] {
        guard let key else { throw .noKey }
        return try key.open(hook.sealedSecret, of: Hook.seal(of: hook.id))
    }
}

/// Blocks that cannot be opened.
public struct LockedBlocks: Sendable, Hashable {
    public let count: Int
    /// Why the first of them cannot.
    public let reason: SecretFailure
}

extension Orchestrator {
    /// The blocks that cannot be opened; nothing if all can.
    public func lockedBlocks() async throws -> LockedBlocks? {
        let vault = vault
        return try await database.read { store in
            var failures: [SecretFailure] = []
            for block in try store.blockDocuments(Query(limit: .max)) {
                do throws(SecretFailure) { _ = try vault.open(block) } catch { failures.append(error) }
            }
            return failures.first.map { LockedBlocks(count: failures.count, reason: $0) }
        }
    }
}
