import Domain
import Glibc
import TestSupport
import Testing
import Wire

@testable import AgentRuntime

struct SpoolTests {
    private let folder = TemporaryFolder()
    private var path: String { "\(folder.path)/spool" }

    private func report(_ key: AttemptKey, _ sequence: Int) -> Report {
        let fact: Report.Fact =
            sequence == 1
            ? .started(processID: 7)
            : .ended(AttemptEnd(.exited(code: 3), at: Timestamp(microseconds: 9), message: "no"), logEnd: 12)
        return Report(key: key, sequence: sequence, occurredAt: Timestamp(microseconds: 9), fact: fact)
    }

    private func entries(_ numbers: ClosedRange<UInt64>) -> [SpoolEntry] {
        numbers.flatMap { number -> [SpoolEntry] in
            let key = AttemptKey.test(number)
            return [
                .taken(key, lease: .seconds(30), grace: .milliseconds(1500)), .report(report(key, 1)),
                .report(report(key, 2)),
            ]
        }
    }

    @Test func whatIsWrittenIsThereAfterARestart() throws {
        let spool = try Spool(path: path)
        spool.append(entries(1...3))
        spool.append([.acknowledged(.test(1), sequence: 1), .finished(.test(2))])
        let again = try Spool(path: path)
        #expect(again.attempts == spool.attempts)
        #expect(again.attempts.map(\.key) == [.test(1), .test(3)])
        #expect(again.attempts[0].reports == [report(.test(1), 2)])
        #expect(again.attempts[0].nextSequence == 3)
        #expect(again.attempts[0].grace == .milliseconds(1500))
        #expect(again.attempts[1].reports.map(\.sequence) == [1, 2])
        #expect(again.attempts[1].isStartReported && again.attempts[1].isEndReported)
        #expect(again.health == Spool.Health())
    }

    @Test func itIsEmptyWhenNothingIsLeft() throws {
        let spool = try Spool(path: path)
        spool.append(entries(1...1))
        #expect(size > 0)
        spool.append([.finished(.test(1))])
        #expect(size == 0)
    }

    /// A write that a kill interrupted.
    @Test func aTornTailCostsOnlyTheTail() throws {
        try Spool(path: path).append(entries(1...2))
        let whole = try FileContent.read(path)
        for length in 0..<whole.count {
            try FileContent.write(whole[..<length], to: path)
            let spool = try Spool(path: path)
            let reports = spool.attempts.reduce(0) { $0 + $1.reports.count }
            #expect(reports + spool.attempts.count == SpoolCodec.entries(in: Array(whole[..<length])).entries.count)
            // What is written next is read next, whatever stands before it.
            spool.append(entries(9...9))
            #expect(try Spool(path: path).attempts.last?.reports.count == 2)
        }
    }

    @Test func damageInTheMiddleCostsOnlyTheRecordsThatItHits() throws {
        try Spool(path: path).append(entries(1...6))
        let whole = try FileContent.read(path)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<100 {
            var damaged = whole
            let at = Int.random(in: 0..<whole.count, using: &random)
            damaged[at] ^= UInt8.random(in: 1...255, using: &random)
            let (entries, lost) = SpoolCodec.entries(in: damaged)
            #expect(entries.count == 17)
            #expect(lost > 0)
            try FileContent.write(damaged, to: path)
            let spool = try Spool(path: path)
            #expect(spool.health.damagedBytes == lost)
            // It has been written anew without the damage.
            #expect(try Spool(path: path).health.damagedBytes == 0)
            #expect(try Spool(path: path).attempts == spool.attempts)
        }
    }

    @Test func anythingCanBeReadWithoutATrap() {
        var random = SeededGenerator(seed: 4)
        for length in 0..<400 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(SpoolCodec.entries(in: bytes).damaged == length)
        }
    }

    /// Sound records are found among garbage of any make, and nothing else is taken for one.
    @Test(arguments: Fuzz.seeds(60))
    func soundRecordsAreFoundAmongDamagedOnes(seed: UInt64) {
        var mutation = Mutation(seed: seed)
        var bytes: [UInt8] = []
        var sound: [SpoolEntry] = []
        for entry in entries(1...8) {
            var record: [UInt8] = []
            SpoolCodec.append(entry, to: &record)
            if mutation.random.choice(of: 3) > 0 {
                bytes += record
                sound.append(entry)
            } else {
                var damaged = mutation(record)
                // A cut or a repetition may leave a whole record.
                while !SpoolCodec.entries(in: damaged).entries.isEmpty { damaged = mutation(record) }
                bytes += damaged
            }
        }
        #expect(SpoolCodec.entries(in: bytes).entries == sound, "seed \(seed)")
    }

    /// Whatever the file holds, the agent begins, keeps what it can read, and finds the same again.
    @Test(arguments: Fuzz.seeds(60))
    func aDamagedFileIsReadOnceAndThenSound(seed: UInt64) throws {
        var mutation = Mutation(seed: seed)
        var bytes = entries(1...5).reduce(into: [UInt8]()) { SpoolCodec.append($1, to: &$0) }
        for _ in 0..<3 { bytes = mutation(bytes) }
        try FileContent.write(bytes, to: path)
        let spool = try Spool(path: path)
        spool.append(entries(90...90))
        let again = try Spool(path: path)
        #expect(again.attempts == spool.attempts, "seed \(seed)")
        #expect(again.health.damagedBytes == 0, "seed \(seed)")
        #expect(again.attempts.last?.reports.count == 2)
    }

    @Test func aLongLifeKeepsTheFileSmall() throws {
        let spool = try Spool(path: path, compactionThreshold: 4096)
        spool.append(entries(1...1))
        for number in UInt64(2)...2000 {
            spool.append(entries(number...number))
            spool.append([.acknowledged(.test(number), sequence: 2), .finished(.test(number))])
        }
        #expect(size < 16_384)
        #expect(try Spool(path: path).attempts == spool.attempts)
        #expect(spool.attempts.map(\.key) == [.test(1)])
    }

    /// `/dev/full` refuses every write as a full disk does.
    @Test func aFullDiskIsToldAndNothingIsForgotten() throws {
        try #require(symlink("/dev/full", path) == 0)
        let spool = try Spool(path: path)
        spool.append(entries(1...1))
        #expect(spool.health.failure == "No space left on device")
        #expect(spool.attempts.count == 1)
        spool.retry()
        #expect(spool.health.failure != nil)
    }

    @Test func theChecksumIsThatOfGzip() {
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    }

    private var size: Int {
        var information = stat()
        return stat(path, &information) == 0 ? Int(information.st_size) : -1
    }
}
