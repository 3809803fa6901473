import Glibc
import Supervision
import Testing

struct LoadTests {
    let harness: SupervisorHarness

    init() async throws { harness = try await SupervisorHarness() }

    private func descriptors(of pid: Int32) -> Int {
        guard let stream = opendir("/proc/\(pid)/fd") else { return -1 }
        defer { closedir(stream) }
        var count = 0
        while readdir(stream) != nil { count += 1 }
        return count
    }

    @Test func fiveHundredChildrenAtOnceGiveEverythingBack() async throws {
        let before = descriptors(of: harness.supervisorPID)
        let tokens = (0..<500).map { "child-\($0)" }
        for token in tokens { harness.agent.client.start(harness.script(token, "echo \(token); exec sleep 1000")) }
        for token in tokens { _ = try await harness.lines(token, count: 1) }
        let reports = try await harness.agent.client.children()
        #expect(reports.count == 500)
        #expect(Set(reports.map(\.token)) == Set(tokens))
        #expect(descriptors(of: harness.supervisorPID) >= before + 1500)
        for token in tokens { harness.agent.client.stop(token: token, grace: .seconds(3600)) }
        for token in tokens {
            let exit = try await harness.agent.exit(of: token)
            #expect(exit.stop == .requested && exit.status == .signaled(SIGTERM))
            #expect(try harness.output(token) == "\(token)\n")
            harness.agent.client.acknowledge(token: token)
        }
        #expect(try await harness.agent.client.children().isEmpty)
        #expect(descriptors(of: harness.supervisorPID) == before)
    }

    @Test func aThousandShortChildrenInARow() async throws {
        let before = descriptors(of: harness.supervisorPID)
        for number in 0..<1000 { harness.agent.client.start(harness.command("\(number)", ["true"])) }
        for number in 0..<1000 { #expect(try await harness.agent.exit(of: "\(number)").status == .exited(0)) }
        #expect(descriptors(of: harness.supervisorPID) == before)
    }
}
