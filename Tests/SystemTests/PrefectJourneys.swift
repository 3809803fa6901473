import Glibc
import Synchronization
import TestSupport
import Testing

/// The journeys of Prefect's clients (Tests/SystemTests/Prefect), all run side by side by one call of
/// scripts/prefect-journeys, which starts when the first of them is asked for.
final class PrefectJourneys: Sendable {
    static let folder = "\(Repository.root)/Tests/SystemTests/Prefect"
    static let shared = Result { try PrefectJourneys() }

    /// `SERIES/NAME` of each journey that there is a fixture of.
    static let names: [String] = ["3.8", "2.20", "pages"].flatMap { series in
        entries(of: "\(folder)/fixtures/\(series)").filter { $0 != "answers.txt" }.map { "\(series)/\($0.dropLast(4))" }
    }.sorted()

    /// Why a journey does not end as it should, by its name.
    static let pending: [String: String] = lines(of: "pending.txt").reduce(into: [:]) { pending, line in
        let parts = line.split(separator: "|", maxSplits: 1).map { $0.trimmed }
        if parts.count == 2 { pending[parts[0]] = parts[1] }
    }

    private let place: Sandbox
    private let runner: Program

    private init() throws {
        place = try Sandbox()
        runner = try Program(
            "/usr/bin/env",
            [
                "python3", "\(Repository.root)/scripts/prefect-journeys", "--programs", Program.folder, "--results",
                "\(place.path)/results",
            ], in: place)
    }

    /// What a journey did differently from what it does against the reference server, once it has ended: a line each.
    func findings(of journey: String) async throws -> String {
        try await result("\(journey.replacing("/", with: "-"))")
    }

    /// Deviations that no journey has met, once all have ended.
    func unmetDeviations() async throws -> String { try await result("unmet-deviations") }

    private func result(_ name: String) async throws -> String {
        let file = "\(place.path)/results/\(name).txt"
        return try await eventually("the result '\(name)' of journeys", atMost: .seconds(1800)) {
            let ended = runner.exitStatus() != nil
            guard access(file, R_OK) != 0 else { return contents(of: file) }
            try #require(!ended, "the journeys have ended without it: \(runner.output)\(runner.errors)")
            return nil
        }
    }

    /// The lines of a file of fixtures that are no comments.
    static func lines(of file: String) -> [String] {
        contents(of: "\(folder)/\(file)").split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    /// The names of what a folder holds.
    private static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { !$0.hasPrefix(".") }
    }
}

extension Substring {
    /// Without blanks at its ends.
    var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
