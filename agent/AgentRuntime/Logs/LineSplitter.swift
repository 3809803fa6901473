import Domain
import Glibc
import Wire

/// A line of output and where it ends.
struct PlacedLine: Sendable, Hashable {
    var line: LogLine
    /// The offset of its line feed; for a line that was shown or ended without one, the end of what was read. Offsets
    /// grow from line to line, but for lines of the two streams that ended without a line feed at the same time.
    var end: UInt64
}

/// Makes lines of output, for each stream apart.
///
/// A line ends at a line feed; a carriage return before it goes too. Bytes that are not UTF-8 become U+FFFD and NUL
/// becomes U+2400; escape sequences stay. Of a line longer than `longest` the rest is counted instead of kept; one that
/// is still longer than `endless` counts as ended there, so that the memory of where it began is bounded.
struct LineSplitter: Sendable {
    static let longest = 16 << 10
    static let endless = 64 << 20

    /// The beginning of a line whose end has not come.
    private struct Pending: Sendable {
        var head: [UInt8] = []
        var dropped = 0
        /// Where the piece begins that the line begins in.
        var begin: UInt64 = 0
        var at = Timestamp(microseconds: 0)
        /// The line's beginning was shown because nothing more came: its end alone makes no line.
        var wasShown = false

        var isEmpty: Bool { head.isEmpty && dropped == 0 }
    }

    private var output = Pending()
    private var errors = Pending()

    var hasPending: Bool { !output.isEmpty || !errors.isEmpty }

    /// Where reading must begin anew to see all of the lines that have not ended at `end`.
    func resumeOffset(at end: UInt64) -> UInt64 {
        [output, errors].filter { !$0.isEmpty }.map(\.begin).reduce(end, min)
    }

    /// Appends the lines that end in the piece.
    mutating func split(_ piece: OutputPiece, into lines: inout [PlacedLine]) {
        switch piece.stream {
        case .standardOutput: Self.split(piece, level: 20, &output, into: &lines)
        case .standardError: Self.split(piece, level: 40, &errors, into: &lines)
        }
    }

    /// Makes lines of what waits for its end.
    /// - Parameter isShowing: The output has paused, but may go on.
    mutating func flush(at end: UInt64, isShowing: Bool, into lines: inout [PlacedLine]) {
        Self.flush(&output, level: 20, at: end, isShowing, into: &lines)
        Self.flush(&errors, level: 40, at: end, isShowing, into: &lines)
    }

    private static func flush(
        _ pending: inout Pending, level: Int, at end: UInt64, _ isShowing: Bool, into lines: inout [PlacedLine]
    ) {
        guard !pending.isEmpty else { return }
        lines.append(PlacedLine(line: finish(&pending, level: level), end: end))
        pending.wasShown = isShowing
    }

    private static func split(
        _ piece: OutputPiece, level: Int, _ pending: inout Pending, into lines: inout [PlacedLine]
    ) {
        piece.bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while let feed = lineFeed(in: bytes, from: start) {
                let text = UnsafeBufferPointer(rebasing: bytes[start..<feed])
                let place = piece.end - UInt64(bytes.count - feed)
                if let line = complete(text, of: piece, level: level, &pending) {
                    lines.append(PlacedLine(line: line, end: place))
                }
                start = feed + 1
            }
            guard start < bytes.count else { return }
            append(UnsafeBufferPointer(rebasing: bytes[start...]), of: piece, to: &pending)
            guard pending.head.count + pending.dropped >= endless else { return }
            lines.append(PlacedLine(line: finish(&pending, level: level), end: piece.end - 1))
        }
    }

    private static func lineFeed(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count else { return nil }
        guard let feed = memchr(base + start, 0x0A, bytes.count - start) else { return nil }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(feed))
    }

    /// The line that ends with `text`; nil if all of it has been shown before.
    private static func complete(
        _ text: UnsafeBufferPointer<UInt8>, of piece: OutputPiece, level: Int, _ pending: inout Pending
    ) -> LogLine? {
        guard pending.isEmpty, text.count <= longest else {
            append(text, of: piece, to: &pending)
            return finish(&pending, level: level)
        }
        defer { pending.wasShown = false }
        if text.isEmpty && pending.wasShown { return nil }
        return LogLine(level: level, timestamp: piece.at, message: LineText.decode(text))
    }

    private static func append(_ text: UnsafeBufferPointer<UInt8>, of piece: OutputPiece, to pending: inout Pending) {
        if pending.isEmpty { pending.begin = piece.begin }
        pending.at = piece.at
        let kept = min(text.count, longest - pending.head.count)
        pending.head.append(contentsOf: text[..<kept])
        pending.dropped += text.count - kept
    }

    private static func finish(_ pending: inout Pending, level: Int) -> LogLine {
        defer { pending = Pending() }
        return pending.head.withUnsafeBufferPointer { head in
            LogLine(level: level, timestamp: pending.at, message: LineText.decode(head, dropped: pending.dropped))
        }
    }
}

/// The text of a line.
enum LineText {
    /// - Parameter dropped: How many bytes of the line are not in `bytes`.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, dropped: Int = 0) -> String {
        guard dropped > 0 else { return text(bytes.last == 0x0D ? bytes[..<(bytes.count - 1)] : bytes[...]) }
        let kept = wholeCharacters(bytes)
        return text(bytes[..<kept]) + "… [cut: \(dropped + bytes.count - kept) more bytes]"
    }

    private static func text(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self)
        // What comes out of a NUL would end the text for half of those that read it.
        return bytes.contains(0) ? String(text.map { $0 == "\0" ? "\u{2400}" : $0 }) : text
    }

    /// The length without a character that the cut has gone through.
    private static func wholeCharacters(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0b1100_0000 == 0b1000_0000 { continue }
            let length = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
            return length > back ? bytes.count - back : bytes.count
        }
        return bytes.count
    }
}
