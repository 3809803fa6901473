import APIClient
import ArgumentParser
import Domain
import JSON

/// A column of a list, and what stands in it.
struct ListColumn<Element> {
    let column: Table.Column
    let cell: (Element) -> Table.Cell

    /// - Parameters:
    ///   - narrowest: the least that it may be cut to; nothing for a column that is never cut.
    ///   - cell: what an element shows there.
    init(
        _ title: String, narrowest: Int? = nil, isRight: Bool = false, _ cell: @escaping (Element) -> Table.Cell
    ) {
        column = Table.Column(title, narrowest: narrowest, isRight: isRight)
        self.cell = cell
    }
}

/// A command that lists things of one kind: a table for people, an array for programs.
protocol ListCommand: AsyncParsableCommand {
    associatedtype Element: APIResource

    var server: ServerOptions { get }

    func elements(from connection: APIConnection) async throws -> [Element]

    func columns(at now: Timestamp) -> [ListColumn<Element>]

    /// What to say, and what to do, when there is none.
    func messageForNone(_ connection: APIConnection) async -> String
}

extension ListCommand {
    func run() async throws {
        let surroundings = Surroundings.current
        let console = surroundings.console
        let connection = server.connection()
        let elements = try await elements(from: connection)
        if server.json { return try console.print(elements.map(\.json).json.serialized()) }
        guard !elements.isEmpty else { return console.note(await messageForNone(connection)) }
        let columns = columns(at: surroundings.now())
        var table = Table(columns.map(\.column))
        for element in elements { table.add(columns.map { $0.cell(element) }) }
        for line in table.lines(width: console.output.width(), style: console.style) { try console.print(line) }
    }
}

extension Table.Cell {
    /// `paused` or `open`
    static func gate(isPaused: Bool) -> Table.Cell {
        isPaused ? Table.Cell("paused", .yellow) : Table.Cell("open", .green)
    }

    static func count(_ number: Int) -> Table.Cell { Table.Cell(HumanAmount.count(number)) }

    static func limit(_ limit: Int?) -> Table.Cell { Table.Cell(limit.map { HumanAmount.count($0) } ?? "none") }

    static func time(_ time: Timestamp?, at now: Timestamp) -> Table.Cell {
        Table.Cell(time.map { HumanTime.relative($0, to: now) } ?? "")
    }
}
