import Domain
import Secrets
import Storage

/// Looks whether the key that is there opens what is sealed.
struct SealInspection {
    /// The path of the key's file.
    let key: String

    /// At most a line: of one key that is not the right one, every block has the same to say.
    func findings(_ store: Store) throws(StorageError) -> [String] {
        let blocks = try store.blockDocuments(Query(limit: .max))
        guard !blocks.isEmpty else { return [] }
        let found: SecretKey?
        do {
            found = try SecretKeyFile(key).read()
        } catch {
            return ["\(blocks.count) blocks cannot be opened: \(error)"]
        }
        let failures = blocks.compactMap { failure(of: $0, found) }
        return failures.first.map { ["\(failures.count) of \(blocks.count) blocks cannot be opened: \($0)"] } ?? []
    }

    private func failure(of block: BlockDocument, _ key: SecretKey?) -> SecretFailure? {
        guard let key else { return .noKey }
        do throws(SecretFailure) {
            _ = try key.open(block.sealedData, of: BlockDocument.seal(of: block.id))
            return nil
        } catch {
            return error
        }
    }
}
