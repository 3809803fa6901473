import APIClient
import ArgumentParser
import Domain
import JSON

/// A command that shows all that is known of one thing: facts for people, an object for programs.
protocol DetailCommand: AsyncParsableCommand {
    associatedtype Element: APIResource

    var server: ServerOptions { get }

    func element(from connection: APIConnection) async throws -> Element

    func describe(
        _ element: Element, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws
}

extension DetailCommand {
    func run() async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let connection = server.connection()
        let element = try await element(from: connection)
        if server.json { return try console.print(element.json.serialized()) }
        var sheet = FactSheet()
        try await describe(element, in: &sheet, at: surroundings.now(), connection)
        for line in sheet.lines(style: console.style) { try console.print(line) }
    }
}

extension FactSheet {
    mutating func add(gate isPaused: Bool) {
        add("Status", isPaused ? "paused" : "open", isPaused ? .yellow : .green)
    }

    mutating func add(limit: Int?) { add("Limit", limit.map { HumanAmount.of($0, "run") + " at once" } ?? "none") }

    mutating func add(_ name: String, _ time: Timestamp?, at now: Timestamp) {
        add(name, time.map { "\(HumanTime.date($0))  (\(HumanTime.relative($0, to: now)))" })
    }

    /// `3 SCHEDULED, 1 RUNNING` in the words of the states.
    mutating func add(runs: [String: Int]) {
        let counts = StateType.allCases.compactMap { type in
            runs[type.rawValue].flatMap { $0 > 0 ? "\(HumanAmount.count($0)) \(type.rawValue.lowercased())" : nil }
        }
        add("Runs", counts.isEmpty ? "none" : counts.joined(separator: ", "))
    }
}
