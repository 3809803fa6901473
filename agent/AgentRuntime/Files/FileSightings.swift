import Wire

/// Which files have come to rest and have not been told of: judged from what was found at each look.
struct FileSightings: Sendable {
    private struct Sighting {
        let file: SeenFile
        /// When it was first found as it is, in time that only goes forward.
        let since: Duration
    }

    /// How long a file is unchanged before it is complete.
    private let rest: Duration
    private var moving: [String: Sighting] = [:]
    /// What has been told of each path, or is to be.
    private(set) var told: [String: SeenFile]

    /// - Parameter told: what the server knows already.
    init(rest: Duration, told: [String: SeenFile]) {
        self.rest = rest
        self.told = told
    }

    /// Takes what was found.
    ///
    /// - Returns: the files that are complete and new.
    mutating func note(_ scan: FolderScan, at now: Duration) -> [SeenFile] {
        note(scan.files, in: scan.folders, at: now)
    }

    /// - Parameter folders: the folders that were read to their ends.
    mutating func note(_ files: [SeenFile], in folders: Set<String>, at now: Duration) -> [SeenFile] {
        var complete: [SeenFile] = []
        for file in files where told[file.path] != file {
            let sighting = moving[file.path].flatMap { $0.file == file ? $0 : nil } ?? Sighting(file: file, since: now)
            guard now - sighting.since >= rest else {
                moving[file.path] = sighting
                continue
            }
            moving[file.path] = nil
            told[file.path] = file
            complete.append(file)
        }
        let there = Set(files.map(\.path))
        moving = moving.filter { there.contains($0.key) }
        // What has gone may come again.
        told = told.filter { there.contains($0.key) || !folders.contains($0.value.folder) }
        return complete
    }
}
