import Glibc

/// Two object stores on this machine, for as long as this lives: moto's S3, which checks signatures and rights, and an
/// emulator of Google Cloud Storage, which checks none. `scripts/setup samples` installs both.
public final class ObjectStores: Sendable {
    /// As `http://127.0.0.1:PORT`.
    public let s3: String
    /// Of the one user there is, who may do all.
    public let accessKey: String
    public let secretKey: String
    /// As `http://127.0.0.1:PORT`.
    public let google: String
    private let peer: Peer

    private static let started = Result { () throws(PeerFailure) in try ObjectStores() }

    /// Those of this process, started by the first who asks; they hold what tests put there, each in buckets of its own.
    ///
    /// - Throws: ``PeerFailure``
    public static func shared() throws(PeerFailure) -> ObjectStores { try started.get() }

    /// - Throws: ``PeerFailure``
    public init() throws(PeerFailure) {
        let python = "\(Peer.root)/.build/samples/bin/python"
        guard access(python, X_OK) == 0 else {
            throw PeerFailure("there are no object stores to test with: scripts/setup samples")
        }
        peer = try Peer([python, Peer.script("object_stores.py")])
        let line = peer.line()
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4 else {
            throw PeerFailure("the object stores did not start ('\(line)'): scripts/setup samples")
        }
        (s3, accessKey, secretKey, google) = (words[0], words[1], words[2], words[3])
    }
}
