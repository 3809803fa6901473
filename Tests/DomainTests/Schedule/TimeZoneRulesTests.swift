import Domain
import Foundation
import TestSupport
import Testing

@Suite struct TimeZoneRulesTests {
    @Test(arguments: [
        ("Europe/Paris", "2026-07-01T00:00:00Z", 7200), ("Europe/Paris", "2026-01-01T00:00:00Z", 3600),
        // Beyond what the file lists: by the law in its footer.
        ("Europe/Paris", "2099-07-01T00:00:00Z", 7200), ("America/New_York", "2099-12-01T00:00:00Z", -18_000),
        ("Australia/Lord_Howe", "2080-01-15T00:00:00Z", 39_600), ("Asia/Kathmandu", "2080-01-15T00:00:00Z", 20_700),
        // Before its first change: local mean time.
        ("Europe/Paris", "1800-01-01T00:00:00Z", 561), ("UTC", "2026-07-01T00:00:00Z", 0),
    ])
    func offsets(name: String, moment: String, offset: Int64) throws {
        #expect(try zone(named: name).offset(at: try #require(Timestamp(moment))) == offset)
    }

    @Test func changesAreExactToTheSecond() throws {
        let paris = try zone(named: "Europe/Paris")
        for year in ["2026", "2077"] {
            // The last Sunday of March, which is the 29th in 2026 and the 28th in 2077.
            let day = year == "2026" ? "29" : "28"
            let change = try #require(Timestamp("\(year)-03-\(day)T01:00:00Z"))
            #expect(paris.offset(at: change - .microseconds(1)) == 3600)
            #expect(paris.offset(at: change) == 7200)
        }
    }

    @Test func bytesThatAreNoneAreRefused() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Paris")))
        #expect(TimeZoneRules(name: "x", tzif: []) == nil)
        #expect(TimeZoneRules(name: "x", tzif: Array("no zone at all".utf8)) == nil)
        #expect(TimeZoneRules(name: "x", tzif: Array(bytes.prefix(60))) == nil)
    }

    @Test func brokenBytesDoNoHarm() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Africa/Casablanca")))
        var generator = SeededGenerator(seed: 7)
        let moment = try #require(Timestamp("2090-07-01T00:00:00Z"))
        for _ in 0..<3000 {
            var broken = bytes
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                broken[Int.random(in: 0..<broken.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            broken.removeLast(Int.random(in: 0...40, using: &generator))
            guard let rules = TimeZoneRules(name: "x", tzif: broken) else { continue }
            _ = rules.local(at: moment)
        }
    }
}
