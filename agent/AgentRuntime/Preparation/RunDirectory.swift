import Domain
import Glibc
import Wire

/// An attempt's directory: `parameters.json`, and `work/` with its own copy of the code, or empty; `secrets`, where there
/// are such; and `stop`, when that is wanted.
///
/// The copy is plain. Hard links and links to the unpacked bundle would let one run change what the next one executes.
struct RunDirectory: Sendable {
    let path: String

    var parameters: String { "\(path)/parameters.json" }
    var work: String { "\(path)/work" }
    /// The texts that are not to be shown, with NULs between them. An agent that adopts the attempt has to know it, too.
    var secrets: String { "\(path)/secrets" }
    /// Is there once somebody wants the run to end: a flow can tell that from the loss of its host.
    var stopSign: String { "\(path)/stop" }

    /// - Parameter code: The unpacked code, if there is such.
    func make(for assignment: Assignment, code: String?) throws(PreparationError) {
        try attempt { () throws(AgentDataError) in
            try Folder.make(path, mode: 0o700)
            try FileContent.write(assignment.parameters.utf8, to: parameters)
            if !assignment.secrets.isEmpty {
                try FileContent.write(assignment.secrets.joined(separator: "\0").utf8, to: secrets)
            }
            if let code {
                try Folder.copy(code, to: work)
            } else if assignment.workingDirectory == nil {
                try Folder.make(work, mode: 0o700)
            }
        }
    }

    /// Where the program is to start.
    func workingDirectory(for assignment: Assignment) throws(PreparationError) -> String {
        guard let wanted = assignment.workingDirectory else { return work }
        guard assignment.hasCode else {
            guard wanted.hasPrefix("/") else { throw .workingDirectoryNotAbsolute(wanted) }
            return wanted
        }
        guard !wanted.hasPrefix("/") else { throw .workingDirectoryOutside(wanted) }
        guard let root = try? Folder.absolute(work), let inside = try? Folder.absolute("\(work)/\(wanted)") else {
            throw .workingDirectoryMissing(wanted)
        }
        guard inside == root || inside.hasPrefix(root + "/") else { throw .workingDirectoryOutside(wanted) }
        return inside
    }

    /// Lets whoever a container runs as read and write here. The folder that it is in stays closed to others.
    func openToAll() { Folder.openToAll(path) }

    /// Makes it for an attempt to come.
    func makeBare() throws(PreparationError) {
        try attempt { () throws(AgentDataError) in
            try Folder.make(path, mode: 0o700)
            try Folder.make(work, mode: 0o700)
            try FileContent.write([], to: parameters)
        }
    }

    /// Whether it is as `makeBare` makes it but for the parameters: nobody can tell that another attempt had it.
    var isBare: Bool {
        guard Folder.names(in: path).sorted() == ["parameters.json", "work"], Folder.names(in: work).isEmpty else {
            return false
        }
        return isOurs(path, S_IFDIR | 0o700) && isOurs(work, S_IFDIR | 0o700) && isOurs(parameters, S_IFREG | 0o600)
    }

    private func isOurs(_ path: String, _ mode: mode_t) -> Bool {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_uid == geteuid() else { return false }
        let isLinked = mode & S_IFMT == S_IFREG && information.st_nlink != 1
        return information.st_mode == mode && !isLinked
    }

    /// Keeps the attempt's secrets out of its log.
    var mask: SecretMask {
        guard let bytes = try? FileContent.read(secrets) else { return SecretMask([]) }
        return SecretMask(bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }

    /// Says to the run that its end is wanted. What cannot be said makes the end no worse.
    func putUpStopSign() { try? FileContent.write([], to: stopSign) }

    func remove() { Folder.remove(path) }

    private func attempt(_ body: () throws(AgentDataError) -> Void) throws(PreparationError) {
        do throws(AgentDataError) { try body() } catch { throw .file(error) }
    }
}
