import APIClient
import ArgumentParser
import Domain
import JSON

/// How log lines are printed.
struct LogOptions: ParsableArguments {
    @Flag(help: "Print log lines as they were written, without their times.")
    var plain = false
}

/// Prints log lines to the output and states to the errors, so that each can go its own way.
struct LogPrinter {
    let console: Console
    let isPlain: Bool
    let isJSON: Bool

    /// - Parameter wrapped: for JSON, whether lines are events among others.
    func print(_ lines: [LogResource], wrapped: Bool) throws {
        for line in lines {
            if isJSON {
                try console.print((wrapped ? Self.event("log", line.json) : line.json).serialized())
            } else {
                try console.print(text(of: line))
            }
        }
    }

    func text(of line: LogResource) -> String {
        let message = console.output.isTerminal ? TerminalText.logLine(line.message) : line.message
        if isPlain { return message }
        let style = console.style
        let ink: Style.Ink? = line.level >= 40 ? .red : line.level >= 30 ? .yellow : nil
        return "\(style(.dim, HumanTime.clock(line.timestamp)))  \(style(ink, message))"
    }

    func note(_ state: StateResource) {
        let style = console.errorStyle
        let time = state.timestamp.map { style(.dim, HumanTime.clock($0)) + "  " } ?? ""
        let message = state.message.map { ": \(TerminalText.line($0))" } ?? ""
        console.note("\(isPlain ? "" : time)\(style(Style.ink(of: state.type), "● \(state.name)"))\(message)")
    }

    static func event(_ name: String, _ data: JSONValue) -> JSONValue {
        ["event": .string(name), "data": data]
    }
}
