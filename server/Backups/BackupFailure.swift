public import Bundles
import Glibc
public import Storage

/// Why a backup was not written, or not restored: the cause, the value and the remedy.
public struct BackupFailure: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    /// The storage's words.
    public init(_ error: StorageError) { self.init(error.description) }

    /// The archive's words.
    public init(_ error: BundleError, in path: String) {
        switch error {
        case .system: self.init(error.description)
        default: self.init("\(path) is no sound backup: \(error)")
        }
    }

    /// The system's refusal of just now.
    static func system(_ action: String, _ path: String) -> BackupFailure {
        BackupFailure("cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}

/// Passes on what `body` answers, and what it throws as this module's error.
func storing<Value>(_ body: () throws(StorageError) -> Value) throws(BackupFailure) -> Value {
    do { return try body() } catch { throw BackupFailure(error) }
}

/// The same for archives.
func archiving<Value>(in path: String, _ body: () throws(BundleError) -> Value) throws(BackupFailure) -> Value {
    do { return try body() } catch { throw BackupFailure(error, in: path) }
}
