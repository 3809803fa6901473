import Containers
import Testing

@Suite struct OutputFramesTests {
    private let output: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 4] + Array("out\n".utf8)
    private let errors: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 5] + Array("oops\n".utf8)

    private func text(_ pieces: [[UInt8]], _ stream: OutputFrames.Stream) -> String {
        var frames = OutputFrames()
        let found = pieces.flatMap { frames.take($0) }.filter { $0.stream == stream }
        return String(decoding: found.flatMap(\.bytes), as: UTF8.self)
    }

    @Test func framesAreToldApartByTheirStream() {
        #expect(text([output + errors], .standardOutput) == "out\n")
        #expect(text([output + errors], .standardError) == "oops\n")
    }

    @Test(arguments: 1...9)
    func piecesMayEndAnywhere(length: Int) {
        let whole = output + errors + output
        let pieces = stride(from: 0, to: whole.count, by: length).map {
            Array(whole[$0..<min($0 + length, whole.count)])
        }
        #expect(text(pieces, .standardOutput) == "out\nout\n")
        #expect(text(pieces, .standardError) == "oops\n")
    }

    @Test func anEmptyFrameIsNothing() {
        #expect(text([[1, 0, 0, 0, 0, 0, 0, 0] + output], .standardOutput) == "out\n")
    }
}
