import Domain
import Secrets
import Storage

/// Looks whether the key that is there opens what is sealed.
struct SealInspection {
    /// The path of the key's file.
    let key: String

    /// Something that is sealed.
    private struct Seal {
        let bytes: [UInt8]
        /// What it is sealed for.
        let owner: [UInt8]
    }

    /// At most a line for each kind: of one key that is not the right one, everything has the same to say.
    func findings(_ store: Store) throws(StorageError) -> [String] {
        let blocks = try store.blockDocuments(Query(limit: .max)).map {
            Seal(bytes: $0.sealedData, owner: BlockDocument.seal(of: $0.id))
        }
        // (Of a hook that takes what nobody has signed, nothing is sealed.)
        let hooks = try store.hooks(Query(limit: .max)).filter { !$0.sealedSecret.isEmpty }.map {
            Seal(bytes: $0.sealedSecret, owner: Hook.seal(of: $0.id))
        }
        return findings(of: blocks, named: "blocks") + findings(of: hooks, named: "hooks' secrets")
    }

    private func findings(of seals: [Seal], named kind: String) -> [String] {
        guard !seals.isEmpty else { return [] }
        let found: SecretKey?
        do {
            found = try SecretKeyFile(key).read()
        } catch {
            return ["\(seals.count) \(kind) cannot be opened: \(error)"]
        }
        let failures = seals.compactMap { failure(of: $0, found) }
        return failures.first.map { ["\(failures.count) of \(seals.count) \(kind) cannot be opened: \($0)"] } ?? []
    }

    private func failure(of seal: Seal, _ key: SecretKey?) -> SecretFailure? {
        guard let key else { return .noKey }
        do throws(SecretFailure) {
            _ = try key.open(seal.bytes, of: seal.owner)
            return nil
        } catch {
            return error
        }
    }
}
