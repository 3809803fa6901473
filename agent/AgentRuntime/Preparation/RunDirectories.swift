import Glibc
import Synchronization
import Wire

/// The directories of this agent's attempts. Some are made before they are wanted, those that a run has left as they
/// were serve another, and the rest is removed aside: folders cost a file system more than all else that an agent does
/// for a run.
final class RunDirectories: Sendable {
    private struct State {
        /// Paths of folders as `RunDirectory.make` would make them, for nobody yet.
        var spares: [String] = []
        var number = 0
        var isFilling = false
    }

    private static let sparePrefix = "spare."

    private let folder: String
    private let spareCount: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: where the directories are, which exists.
    ///   - spares: how many are kept ready.
    init(in folder: String, spares: Int) {
        self.folder = folder
        spareCount = spares
    }

    /// The directory of an attempt, which may not exist yet.
    func directory(of key: AttemptKey) -> RunDirectory { RunDirectory(path: "\(folder)/\(key)") }

    /// Makes the directory of an attempt.
    func make(for assignment: Assignment, code: String?) throws(PreparationError) -> RunDirectory {
        let directory = directory(of: assignment.key)
        if let spare = state.withLock({ $0.spares.popLast() }), rename(spare, directory.path) != 0 {
            // The attempt has a directory already, from before this agent's last crash.
            if errno == EEXIST || errno == ENOTEMPTY { state.withLock { $0.spares.append(spare) } }
        }
        try directory.make(for: assignment, code: code)
        return directory
    }

    /// Removes an attempt's directory some time soon, or keeps it for another.
    ///
    /// - Parameter hasEnded: whether its processes have run and are known to be gone; otherwise somebody may still write
    ///   into it.
    func discard(_ key: AttemptKey, hasEnded: Bool = false) {
        let directory = directory(of: key)
        Task.detached { [self] in
            guard !hasEnded || !recycle(directory) else { return }
            directory.remove()
            fill()
        }
    }

    private func recycle(_ directory: RunDirectory) -> Bool {
        guard directory.isBare, let path = nextSparePath(), rename(directory.path, path) == 0 else { return false }
        state.withLock { $0.spares.append(path) }
        return true
    }

    /// Makes spare directories, as many as are missing.
    func fill() {
        let isFilling = state.withLock { state in
            defer { state.isFilling = true }
            return state.isFilling
        }
        guard !isFilling else { return }
        defer { state.withLock { $0.isFilling = false } }
        while let path = nextSparePath() {
            let spare = RunDirectory(path: path)
            guard (try? spare.makeBare()) != nil else { return spare.remove() }
            state.withLock { $0.spares.append(path) }
        }
    }

    private func nextSparePath() -> String? {
        state.withLock { state in
            guard state.spares.count < spareCount else { return nil }
            state.number += 1
            return "\(folder)/\(Self.sparePrefix)\(state.number)"
        }
    }

    /// Removes the spares, those of an earlier agent too.
    func removeSpares() {
        state.withLock { $0.spares = [] }
        remove { $0.hasPrefix(Self.sparePrefix) }
    }

    /// Removes the directories of attempts that are not `known`: the agent died while it made or removed them.
    func removeStrays(known: (AttemptKey) -> Bool) {
        remove { name in AttemptKey(name).map { !known($0) } ?? false }
    }

    private func remove(where isUnwanted: (String) -> Bool) {
        for name in Folder.names(in: folder).filter(isUnwanted) { Folder.remove("\(folder)/\(name)") }
    }
}
