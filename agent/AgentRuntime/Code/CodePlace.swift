import Bundles

/// Where code is, and how it is had from there.
protocol CodePlace: Sendable {
    /// Finds out which code is there now. What had to be fetched for that is put into the folder as `archive`.
    ///
    /// - Parameter folder: of this call's own, empty, and removed afterwards.
    func look(in folder: CodeScratch) async throws -> CodeRevision

    /// Fetches what was seen, as `archive`, unless looking has done so.
    func fetch(_ revision: CodeRevision, into folder: CodeScratch) async throws
}

/// A state of code that has one content for ever.
struct CodeRevision: Sendable, Hashable {
    /// What the agent's cache knows it by.
    let key: BundleDigest
    /// A commit, a digest, or what a store calls this version.
    let text: String

    /// - Parameter identity: what makes it another one.
    init(_ text: String, identity: [String]) {
        var hash = SHA256()
        hash.update(Array((["code"] + identity).joined(separator: "\0").utf8))
        key = hash.digest()
        self.text = text
    }
}

/// A folder for one fetch.
struct CodeScratch: Sendable {
    let path: String
    /// Told apart from others that are fetched at once.
    let name: String

    /// Where what is fetched is to be: a zip or a tar archive, plain or compressed by gzip.
    var archive: String { "\(path)/archive" }
}

/// Why code cannot be had: the cause, and what would help.
struct CodeFailure: Error, Sendable, Hashable, CustomStringConvertible {
    let reason: String

    var description: String { reason }

    init(_ reason: String) { self.reason = reason }
}
