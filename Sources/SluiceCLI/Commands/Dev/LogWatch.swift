import Glibc

/// Shows what is worth a look of a program's log, as it grows: warnings and errors.
struct LogWatch {
    let program: ChildProgram
    let console: Console

    /// The levels whose lines are shown; a line is `TIME level message`.
    private static let shown: Set<Substring> = ["warning", "error", "critical"]

    /// Until the task is cancelled.
    func run() async {
        let descriptor = open(program.logFile, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while !Task.isCancelled {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else {
                try? await Task.sleep(for: .milliseconds(250))
                continue
            }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                show(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
    }

    private func show(_ line: String) {
        guard Self.isWorthALook(line) else { return }
        console.note("\(console.errorStyle(.yellow, "[\(program.name)]")) \(TerminalText.line(line))")
    }

    /// Lines without a level are what a program says that is about to crash.
    static func isWorthALook(_ line: String) -> Bool {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count > 1, words[0].last == "Z", words[0].first?.isNumber == true else { return !line.isEmpty }
        return shown.contains(words[1])
    }
}
