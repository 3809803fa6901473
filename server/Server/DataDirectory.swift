import Backups
import Glibc

/// The folder that holds everything the server keeps.
struct DataDirectory {
    let path: String

    /// `sluice/server` in the user's state directory (XDG Base Directory Specification).
    static var standard: String {
        let home = variable("HOME") ?? "/var/lib"
        let state = variable("XDG_STATE_HOME") ?? "\(home)/.local/state"
        return "\(state)/sluice/server"
    }

    /// - Throws: `StartFailure` when it cannot be made.
    init(_ path: String) throws(StartFailure) {
        self.path = path
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/\(component)"
            guard mkdir(made, 0o700) == 0 || errno == EEXIST || errno == EISDIR else {
                throw StartFailure("cannot make the data directory \(made): \(String(cString: strerror(errno)))")
            }
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw StartFailure("cannot write to the data directory \(path): \(String(cString: strerror(errno)))")
        }
    }

    var files: DataFiles { DataFiles(path) }
    var database: String { files.database }
    /// A folder with a file a day (`LogDay.fileName`).
    var logs: String { "\(path)/logs" }
    /// The one file of logs that earlier releases wrote.
    var formerLogs: String { "\(path)/logs.sqlite" }
    var bundles: String { files.bundles }
    /// The key of the attempts' credentials. It is in no backup: who has one can speak for nobody.
    var credentialKey: String { "\(path)/credentials.key" }

    /// Bytes that whoever runs the server may still fill there.
    var freeBytes: Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Why the server could not start: the cause, the value and the remedy.
struct StartFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
