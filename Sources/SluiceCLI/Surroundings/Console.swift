/// Where a command writes: results to the output, everything else to the errors.
struct Console: Sendable {
    /// What a stream is connected to.
    struct Device: Sendable {
        var isTerminal = false
        var hasColour = false
        /// In columns; asked anew each time, since a window may change.
        var width: @Sendable () -> Int = { 80 }
        /// In lines; asked anew likewise.
        var height: @Sendable () -> Int = { 24 }
    }

    var output = Device()
    var errors = Device()
    /// - Throws: ``ClosedOutput`` when nobody reads any more.
    var writeOutput: @Sendable ([UInt8]) throws -> Void = { _ in }
    var writeErrors: @Sendable ([UInt8]) -> Void = { _ in }

    /// A line of the result.
    func print(_ line: String) throws {
        try writeOutput(Array(line.utf8) + [UInt8(ascii: "\n")])
    }

    /// A line that is not the result: a warning, a hint, a state.
    func note(_ line: String) {
        writeErrors(Array(line.utf8) + [UInt8(ascii: "\n")])
    }

    var style: Style { Style(isOn: output.hasColour) }
    var errorStyle: Style { Style(isOn: errors.hasColour) }
}

/// Nobody reads what is written, as in `sluice logs RUN | head`: the program is to end, and to say nothing.
struct ClosedOutput: Error {}
