import Testing

@testable import DeploymentDocument

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("commnad", "command"), ("comand", "command"), ("Retries", "retries"), ("timeuot", "timeout"),
        ("working_dir", "working_directory"), ("worknig_directory", "working_directory"), ("quue", "queue"),
    ])
    func `What was meant is found`(written: String, meant: String) {
        #expect(NearestName.to(written, among: DeploymentReader.keys) == meant)
    }

    @Test func `What is far from everything is left alone`() {
        #expect(NearestName.to("xylophone", among: DeploymentReader.keys) == nil)
        #expect(NearestName.to("", among: ["command"]) == nil)
        #expect(NearestName.to("a", among: []) == nil)
    }

    @Test func `The distance is a metric but for its triangle, on all short words`() {
        let words = Self.words(of: "ab", upTo: 4).map(Array.init)
        for left in words {
            for right in words {
                let distance = NearestName.distance(left, right)
                #expect((distance == 0) == (left == right))
                #expect(distance == NearestName.distance(right, left))
                #expect(distance <= max(left.count, right.count))
                #expect(distance >= abs(left.count - right.count))
            }
        }
    }

    @Test func `A swap of neighbours counts once`() {
        #expect(NearestName.distance(Array("abcd"), Array("acbd")) == 1)
    }

    private static func words(of letters: String, upTo length: Int) -> [String] {
        var all = [""]
        var last = [""]
        for _ in 0..<length {
            last = last.flatMap { word in letters.map { word + String($0) } }
            all += last
        }
        return all
    }
}
