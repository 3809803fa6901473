import Synchronization
import TestSupport
import Testing

@testable import AgentRuntime

@Suite(.timeLimit(.minutes(1))) struct SharedWorkTests {
    private let counts = Counts()

    /// How much of it is going on at once, and how often it was done.
    private final class Counts: Sendable {
        private let numbers = Mutex<(living: Int, most: Int, all: Int)>((0, 0, 0))

        func enter() {
            numbers.withLock { numbers in
                numbers.living += 1
                numbers.all += 1
                numbers.most = max(numbers.most, numbers.living)
            }
        }
        func leave() -> Int {
            numbers.withLock { numbers in
                numbers.living -= 1
                return numbers.all
            }
        }
        var most: Int { numbers.withLock { $0.most } }
        var all: Int { numbers.withLock { $0.all } }
    }

    /// Those who come while others go must not make two of it go on at once.
    @Test func itNeverGoesOnTwiceHoweverManyComeAndGo() async {
        let shared = SharedWork<String, Int>()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        _ = await shared.value(of: "key") {
                            counts.enter()
                            await Task.yield()
                            return counts.leave()
                        }
                    }
                }
            }
        }
        #expect(counts.most == 1)
    }

    @Test func aFailureIsNotKept() async throws {
        struct Broken: Error {}
        let shared = SharedWork<Int, Result<Int, any Error>>()
        await #expect(throws: Broken.self) { try await shared.value(of: 1) { throw Broken() } }
        let value = try await shared.value(of: 1) { 7 }
        #expect(value == 7)
    }
}
