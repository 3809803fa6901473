import Domain
import Synchronization
import TestSupport
import Testing
import Wire

@testable import AgentRuntime

/// A child's output in memory, in pieces, each behind a header of 13 bytes.
final class OutputStore: Sendable {
    struct Content: Sendable {
        var pieces: [OutputPiece] = []
        var released: UInt64 = 0
    }

    let content = Mutex(Content())

    func write(_ text: String, _ stream: OutputPiece.Stream = .standardOutput) {
        let bytes = Array(text.utf8)
        content.withLock { content in
            let begin = content.pieces.last?.end ?? 0
            content.pieces.append(
                OutputPiece(
                    stream: stream, at: Timestamp(microseconds: 1), bytes: bytes, begin: begin,
                    end: begin + 13 + UInt64(bytes.count)))
        }
    }

    var end: UInt64 { content.withLock { $0.pieces.last?.end ?? 0 } }
    var released: UInt64 { content.withLock { $0.released } }
}

struct StoreReader: OutputReader {
    let store: OutputStore
    var offset: UInt64 = 0

    init(_ store: OutputStore) { self.store = store }

    mutating func next(limit: Int) throws -> [OutputPiece] {
        let offset = offset
        let pieces = store.content.withLock { content in
            var size = 0
            let rest = content.pieces.drop { $0.begin < max(offset, content.released) }
            return Array(
                rest.prefix { piece in
                    defer { size += piece.bytes.count }
                    return size < limit
                })
        }
        self.offset = pieces.last?.end ?? offset
        return pieces
    }

    func release(before end: UInt64) {
        store.content.withLock { content in
            // A hole that ends inside a piece would leave garbage.
            precondition(content.pieces.contains { $0.begin == end || $0.end == end })
            content.released = max(content.released, end)
        }
    }
}

/// The shipper's decisions without its task, against a server that takes batches by its rule.
struct ShippingTests {
    /// Takes what begins where it stopped.
    struct Taker {
        var end: UInt64 = 0
        var lines: [String] = []

        mutating func take(_ batch: LogBatch) -> UInt64 {
            if batch.begin == end {
                lines += batch.lines.map(\.message)
                end = batch.end
            }
            return end
        }
    }

    final class Outgoing: Sendable {
        let batches = Mutex<[LogBatch]>([])
        let events = Mutex<[AgentEvent]>([])
        let elapsed = Mutex<Duration>(.seconds(1))

        var surroundings: LogShipper.Surroundings {
            LogShipper.Surroundings(
                send: { [self] message, _ in
                    if case .logBatch(let batch) = message { batches.withLock { $0.append(batch) } }
                },
                tell: { [self] event in events.withLock { $0.append(event) } },
                mask: { _ in SecretMask([]) },
                elapsed: { [self] in elapsed.withLock { $0 } }, quiet: .seconds(1),
                patience: .seconds(5), warn: { _ in })
        }

        func takeBatches() -> [LogBatch] {
            batches.withLock { batches in
                defer { batches = [] }
                return batches
            }
        }
    }

    private let key = AttemptKey.test(1)
    private let out = Outgoing()
    private let store = OutputStore()

    private func pump(_ shipping: inout Shipping, _ taker: inout Taker) {
        while true {
            while shipping.hasWork { shipping.sendBatch() }
            let batches = out.takeBatches()
            if batches.isEmpty { return }
            for batch in batches { shipping.obey(.taken(batch.key, end: taker.take(batch))) }
        }
    }

    @Test func everyLineArrivesOnceAndInOrder() {
        var shipping = Shipping(out.surroundings)
        var taker = Taker()
        shipping.obey(.resume(session: 1))
        for number in 0..<50_000 { store.write("line \(number)\n", number % 3 == 0 ? .standardError : .standardOutput) }
        shipping.obey(.output(key, StoreReader(store)))
        shipping.obey(.finish(key, StoreReader(store)))
        pump(&shipping, &taker)
        #expect(taker.lines == (0..<50_000).map { "line \($0)" })
        #expect(
            out.events.withLock { $0 }.contains { if case .outputSent(key, taker.end, _) = $0 { true } else { false } })
        #expect(out.events.withLock { $0.last } == .outputTaken(key))
        #expect(store.released > 0)
    }

    @Test func whatIsUnacknowledgedIsBoundedAndSentAgain() {
        var shipping = Shipping(out.surroundings)
        var taker = Taker()
        shipping.obey(.resume(session: 1))
        for _ in 0..<1000 { store.write(String(repeating: "x", count: 9_999) + "\n") }
        shipping.obey(.output(key, StoreReader(store)))
        while shipping.hasWork { shipping.sendBatch() }
        let first = out.takeBatches()
        let sent = first.flatMap(\.lines).reduce(0) { $0 + $1.message.utf8.count }
        #expect(sent <= OutputCourse.window + OutputCourse.byteLimit + 10_000)
        shipping.obey(.suspend)
        #expect(!shipping.hasWork)
        shipping.obey(.resume(session: 2))
        #expect(out.takeBatches() == first)
        for batch in first { shipping.obey(.taken(key, end: taker.take(batch))) }
        shipping.obey(.finish(key, StoreReader(store)))
        pump(&shipping, &taker)
        #expect(taker.lines.count == 1000)
    }

    /// An agent that comes back knows neither what was taken nor how it was cut.
    @Test(arguments: 0..<40)
    func anotherAgentGoesOnWhereTheServerStopped(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var text = ""
        var (lines, count) = ([String](), 0)
        var taker = Taker()
        for number in 0..<4000 {
            lines.append("\(seed) line \(number)")
            text += "\(seed) line \(number)\n"
            while text.count > 400 {
                let length = Int.random(in: 1...400, using: &random)
                store.write(String(text.prefix(length)))
                text.removeFirst(length)
            }
        }
        store.write(text)
        while count < 5 {
            count += 1
            var shipping = Shipping(out.surroundings)
            shipping.obey(.resume(session: UInt64(count)))
            shipping.obey(.output(key, StoreReader(store)))
            for _ in 0..<Int.random(in: 0...4, using: &random) where shipping.hasWork { shipping.sendBatch() }
            for batch in out.takeBatches() {
                let end = taker.take(batch)
                if Bool.random(using: &random) { shipping.obey(.taken(key, end: end)) }
            }
            _ = out.takeBatches()
        }
        var shipping = Shipping(out.surroundings)
        shipping.obey(.resume(session: 9))
        shipping.obey(.finish(key, StoreReader(store)))
        pump(&shipping, &taker)
        #expect(taker.lines == lines)
        #expect(out.events.withLock { $0.last } == .outputTaken(key))
    }

    @Test func aChatterboxDelaysNobody() {
        let (loud, quiet) = (OutputStore(), OutputStore())
        let other = AttemptKey.test(2)
        for _ in 0..<20_000 { loud.write(String(repeating: "x", count: 200) + "\n") }
        quiet.write("hello\n")
        var shipping = Shipping(out.surroundings)
        shipping.obey(.resume(session: 1))
        shipping.obey(.output(key, StoreReader(loud)))
        shipping.obey(.output(other, StoreReader(quiet)))
        for _ in 0..<3 { shipping.sendBatch() }
        #expect(out.takeBatches().contains { $0.key == other })
        while shipping.hasWork { shipping.sendBatch() }
        // The loud one has filled its window; the other is served at once.
        quiet.write("again\n")
        shipping.obey(.output(other, StoreReader(quiet)))
        _ = out.takeBatches()
        shipping.sendBatch()
        #expect(out.takeBatches().map(\.key) == [other])
    }

    @Test func aPromptIsShownAfterAWhile() {
        var shipping = Shipping(out.surroundings)
        var taker = Taker()
        shipping.obey(.resume(session: 1))
        store.write("done\nname? ")
        shipping.obey(.output(key, StoreReader(store)))
        pump(&shipping, &taker)
        #expect(taker.lines == ["done"])
        #expect(shipping.claimTimer() == .seconds(1))
        #expect(shipping.claimTimer() == nil)
        out.elapsed.withLock { $0 = .seconds(2) }
        shipping.obey(.tick)
        pump(&shipping, &taker)
        #expect(taker.lines == ["done", "name? "])
        store.write("\nthanks")
        shipping.obey(.finish(key, StoreReader(store)))
        pump(&shipping, &taker)
        #expect(taker.lines == ["done", "name? ", "thanks"])
    }

    @Test func silenceIsSentAtOnce() {
        var shipping = Shipping(out.surroundings)
        shipping.obey(.resume(session: 1))
        shipping.obey(.finish(key, StoreReader(store)))
        while shipping.hasWork { shipping.sendBatch() }
        #expect(out.events.withLock { $0 }.suffix(2) == [.outputSent(key, end: 0, lastErrors: nil), .outputTaken(key)])
    }

    /// The server could not write a batch, and says where it stands when the next one comes.
    @Test func aBatchThatWasDroppedIsSentAgain() {
        var shipping = Shipping(out.surroundings)
        var taker = Taker()
        shipping.obey(.resume(session: 1))
        for number in 0..<5000 { store.write("line \(number)\n") }
        shipping.obey(.finish(key, StoreReader(store)))
        while shipping.hasWork { shipping.sendBatch() }
        for batch in out.takeBatches().dropFirst() { shipping.obey(.taken(key, end: taker.take(batch))) }
        #expect(taker.lines.isEmpty)
        shipping.obey(.tick)
        #expect(out.takeBatches().isEmpty)
        out.elapsed.withLock { $0 += .seconds(5) }
        shipping.obey(.tick)
        for batch in out.takeBatches() { shipping.obey(.taken(key, end: taker.take(batch))) }
        #expect(taker.lines == (0..<5000).map { "line \($0)" })
        #expect(out.events.withLock { $0.last } == .outputTaken(key))
    }
}
