import Glibc
import TestSupport
import Testing

/// A program that bears witness of its own life, outside of Sluice: a line every few milliseconds, with its attempt.
/// It ignores TERM, and ends when it is let.
struct Witness {
    private let folder: String
    private let evidence: String

    init(in sandbox: Sandbox) throws {
        folder = try sandbox.folder("witness", [:])
        evidence = "\(folder)/evidence"
    }

    /// - Note: each line is one write to a file that is open for appending: what is below another was written later.
    var script: String {
        """
        trap '' TERM
        echo $$ > "\(folder)/pid-$SLUICE_ATTEMPT"
        until [ -e '\(folder)/end' ]; do echo $SLUICE_ATTEMPT >> '\(evidence)'; sleep 0.02; done

        """
    }

    /// The attempts that have written, line by line.
    var lines: [Int] { contents(of: evidence).split(separator: "\n").compactMap { Int($0) } }

    /// The attempts that have written, each once.
    var attempts: [Int] { Set(lines).sorted() }

    /// Whether an attempt has written after a later one had begun to.
    var overlaps: Bool { lines != lines.sorted() }

    func letEnd() throws {
        let file = try #require(fopen("\(folder)/end", "w"))
        fclose(file)
    }

    func waitForBeginning(of attempt: Int) async throws {
        _ = try await eventually("attempt \(attempt) to begin") { lines.contains(attempt) ? true : nil }
    }

    func waitForEnd(of attempt: Int) async throws {
        _ = try await eventually("attempt \(attempt) to end") { lives(attempt) ? nil : true }
    }

    func lives(_ attempt: Int) -> Bool {
        guard let pid = pid_t(contents(of: "\(folder)/pid-\(attempt)").filter(\.isNumber)) else { return false }
        return isAlive(pid)
    }
}

/// Whether the process executes: one that has ended, and whom nobody has reaped yet, does not.
func isAlive(_ pid: pid_t) -> Bool {
    let state = contents(of: "/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ").first
    return state != nil && state != "Z" && state != "X"
}
