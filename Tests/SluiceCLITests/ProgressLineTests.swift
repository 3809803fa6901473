import APIClient
import Domain
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct ProgressLineTests {
    private static let plain = Style(isOn: false)

    @Test func `It says how far, what fails, how fast and how long`() {
        let progress = BatchProgress(size: 1200, runs: [.completed: 590, .failed: 10, .running: 4, .scheduled: 596])
        let line = ProgressLine(progress: progress, elapsed: .seconds(10), endedBefore: 100)
        #expect(
            line.text(width: 120, style: Self.plain)
                == "[████████████████████░░░░░░░░░░░░░░░░░░░░]  600/1,200  50%  4 running  596 waiting  10 failed  50.0/s  12s left"
        )
        #expect(line.plain == "600/1,200  50%  4 running  596 waiting  10 failed  50.0/s  12s left")
    }

    @Test func `The bar is full only when all has ended, and the line fits`() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            var runs: [StateType: Int] = [:]
            for type in StateType.allCases where Bool.random(using: &random) {
                runs[type] = Int.random(in: 0...1_000_000, using: &random)
            }
            let progress = BatchProgress(size: runs.values.reduce(0, +), runs: runs)
            let line = ProgressLine(
                progress: progress, elapsed: .milliseconds(Int64.random(in: 0...100_000, using: &random)),
                endedBefore: Int.random(in: 0...max(0, progress.endedCount), using: &random))
            for width in [10, 40, 80, 120, 200] {
                let text = line.text(width: width, style: Self.plain)
                #expect(TerminalText.width(text) < width)
                if text.hasPrefix("[") {
                    #expect(text.contains("░") == (progress.endedCount < progress.size))
                }
            }
        }
    }

    @Test func `An empty batch is done`() {
        let line = ProgressLine(progress: BatchProgress(size: 0, runs: [:]), elapsed: .zero, endedBefore: 0)
        #expect(line.plain == "0/0  100%")
    }
}
