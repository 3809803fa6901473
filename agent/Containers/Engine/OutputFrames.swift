/// What a container writes, as the engine sends it: frames of a stream's number, three zeros, a length in four bytes
/// and the bytes. Pieces of the answer end anywhere.
public struct OutputFrames: Sendable {
    public enum Stream: Sendable, Hashable {
        case standardOutput, standardError
    }

    private var header: [UInt8] = []
    private var stream = Stream.standardOutput
    private var missing = 0

    public init() {}

    /// The bytes in a piece by their streams, as far as the frames have come.
    public mutating func take(_ piece: [UInt8]) -> [(stream: Stream, bytes: ArraySlice<UInt8>)] {
        var found: [(Stream, ArraySlice<UInt8>)] = []
        var rest = piece[...]
        while !rest.isEmpty {
            if missing == 0 {
                let wanted = rest.prefix(8 - header.count)
                header += wanted
                rest = rest.dropFirst(wanted.count)
                guard header.count == 8 else { break }
                stream = header[0] == 2 ? .standardError : .standardOutput
                missing = header[4...].reduce(0) { $0 << 8 | Int($1) }
                header = []
            } else {
                let bytes = rest.prefix(missing)
                found.append((stream, bytes))
                missing -= bytes.count
                rest = rest.dropFirst(bytes.count)
            }
        }
        return found
    }
}
