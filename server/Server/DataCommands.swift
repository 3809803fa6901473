import ArgumentParser
import Backups
import Glibc

/// `sluice-server backup`
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write all of the data into one file, while the server runs or not.",
        discussion: """
            The file holds every database on one consistent view, the code of the deployments, and the key that the \
            data of blocks are sealed with. It appears under its name when all of it is on disk.

            Examples:
              sluice-server backup /backups/monday.sluice
              sluice-server backup /backups/monday.sluice --data /var/lib/sluice --force
              sluice-server backup /backups/monday.sluice --without-key

            Exit codes: 0 done, 1 failed, or something that should be in it is damaged, 2 wrong arguments.
            """)

    @Argument(help: "The file to write.", completion: .file()) var file: String
    @OptionGroup var data: DataOption
    @Flag(help: "Replace a file of that name.") var force = false
    @Flag(help: "Leave the key of the secrets out: to read them again takes the file secrets.key, kept elsewhere.")
    var withoutKey = false

    func run() throws {
        try Report.failing { () throws(BackupFailure) in
            let outcome = try Backup(of: DataFiles(data.path), holdsKey: !withoutKey).write(
                to: file, overwrites: force, at: SystemClock.now)
            let bytes = outcome.manifest.bytes
            print("\(file): \(outcome.manifest.files.count) files, \(Report.size(bytes)), from \(data.path)")
            return outcome.findings
        }
    }
}

/// `sluice-server restore`
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put what a backup holds in place of the data.",
        discussion: """
            The data directory must be empty or absent, or --replace must be said: then what is there is moved into a \
            folder in it. No server may run on it. The backup is unpacked and checked before anything is touched.

            Examples:
              sluice-server restore /backups/monday.sluice --data /var/lib/sluice
              sluice-server restore /backups/monday.sluice --data /var/lib/sluice --replace

            Exit codes: 0 done, 1 failed, or what was restored has findings, 2 wrong arguments.
            """)

    @Argument(help: "The backup.", completion: .file()) var file: String
    @OptionGroup var data: DataOption
    @Flag(help: "Move aside what is in the data directory.") var replace = false

    func run() throws {
        let directory: DataDirectory
        do { directory = try DataDirectory(data.path) } catch { try Report.fail(error.description) }
        try Report.failing { () throws(BackupFailure) in
            let outcome = try Restore(file, into: directory.files).run(replaces: replace, at: SystemClock.now)
            print("\(data.path): restored as of \(outcome.manifest.created), from \(file)")
            if let replaced = outcome.replaced { print("what was there is in \(replaced)") }
            return outcome.findings
        }
    }
}

/// `sluice-server check`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look through the data, and say what is wrong with them.",
        discussion: """
            Every page of every database, whether what they say agrees with itself, every line of the logs, and the \
            code of every deployment. The server may run meanwhile. Nothing is changed.

            Examples:
              sluice-server check --data /var/lib/sluice

            Exit codes: 0 nothing is wrong, 1 something is, or it cannot be looked at, 2 wrong arguments.
            """)

    @OptionGroup var data: DataOption

    func run() throws {
        try Report.failing { () throws(BackupFailure) in
            let outcome = try Checkup(of: DataFiles(data.path)).run()
            let extent = "\(outcome.databases) databases and \(outcome.bundles) bundles"
            print("\(data.path): \(extent) looked through, \(outcome.findings.count) findings")
            return outcome.findings
        }
    }
}

/// How these commands speak: results on the output, what is wrong on the errors, each on a line.
enum Report {
    /// Does something that answers with what is wrong.
    ///
    /// - Throws: `ExitCode` when anything is.
    static func failing(_ body: () throws(BackupFailure) -> [String]) throws {
        let findings: [String]
        do { findings = try body() } catch { try fail(error.description) }
        for finding in findings { complain(finding) }
        if !findings.isEmpty { throw ExitCode.failure }
    }

    static func fail(_ message: String) throws -> Never {
        complain("sluice-server: \(message)")
        throw ExitCode.failure
    }

    static func size(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\((bytes + 1023) >> 10) KiB" : "\((bytes + (1 << 20) - 1) >> 20) MiB"
    }

    static func complain(_ line: String) {
        write(line.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    static func write(_ text: String) {
        var text = text + "\n"
        _ = text.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
