import Domain
import Storage
import TestSupport
import Testing

@testable import Orchestration

/// Random sequences of everything that can be done to limits, against a model that counts on its fingers.
@Suite struct SlotModelTests {
    /// What is held, in words of its own.
    private struct Model {
        struct Held {
            let lease: ID<SlotHold>
            let names: Set<String>
            let slots: Int
            let duration: Duration?
            var expiry: Timestamp?
        }

        var limits = ["a": 3, "b": 5]
        var held: [Held] = []

        func taken(_ name: String) -> Int {
            held.reduce(0) { $1.names.contains(name) ? $0 + $1.slots : $0 }
        }

        mutating func pass(to now: Timestamp) { held.removeAll { $0.expiry.map { $0 <= now } ?? false } }
    }

    @Test(arguments: 1...25) func occupancyIsThatOfTheLiveHoldsAndNeverAboveTheLimit(seed: UInt64) async throws {
        let stage = try await Stage(seed: seed)
        var generator = SeededGenerator(seed: seed)
        var model = Model()
        for (name, slots) in model.limits { try await stage.limit(name, slots) }
        for _ in 0..<120 {
            try await step(stage, &model, &generator)
            model.pass(to: stage.clock.time)
            for name in ["a", "b"] {
                #expect(try await stage.taken(name) == model.taken(name), "seed \(seed), limit \(name)")
            }
        }
        try await leaveNothing(stage, &model)
    }

    private func step(_ stage: Stage, _ model: inout Model, _ generator: inout SeededGenerator) async throws {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: try await take(stage, &model, &generator)
        case 4:
            guard let held = model.held.filter({ $0.duration != nil }).randomElement(using: &generator) else { return }
            try await stage.orchestrator.releaseSlots(lease: held.lease)
            model.held.removeAll { $0.lease == held.lease }
        case 5: try await renew(stage, &model, &generator)
        case 6:
            // Slots without a lease are all of one, here: which hold they are taken from makes no difference.
            let name = ["a", "b"].randomElement(using: &generator) ?? "a"
            _ = try await stage.orchestrator.releaseSlots(1, ofLimitsNamed: [name])
            if let index = model.held.lastIndex(where: { $0.duration == nil && $0.names == [name] }) {
                model.held.remove(at: index)
            }
        case 7: _ = try await HoldReaper(stage.orchestrator).tick(at: stage.clock.time)
        default: stage.clock.advance(by: .milliseconds(Int.random(in: 0...20000, using: &generator)))
        }
        model.pass(to: stage.clock.time)
    }

    private func take(_ stage: Stage, _ model: inout Model, _ generator: inout SeededGenerator) async throws {
        let isLeased = Bool.random(using: &generator)
        let names = isLeased ? [["a"], ["b"], ["a", "b"]].randomElement(using: &generator) ?? ["a"] : ["b"]
        let slots = isLeased ? Int.random(in: 1...3, using: &generator) : 1
        var request = SlotRequest(names: names, slots: slots)
        request.lease = isLeased ? .seconds(Int.random(in: 10...60, using: &generator)) : nil
        let fits = names.allSatisfy { model.taken($0) + slots <= model.limits[$0] ?? 0 }
        guard let lease = try await stage.take(request) else { return }
        #expect(fits, "more slots than there are")
        model.held.append(
            Model.Held(
                lease: lease, names: Set(names), slots: slots, duration: request.lease,
                expiry: request.lease.map { stage.clock.time + $0 }))
    }

    private func renew(_ stage: Stage, _ model: inout Model, _ generator: inout SeededGenerator) async throws {
        let leased = model.held.indices.filter { model.held[$0].duration != nil }
        guard let index = leased.randomElement(using: &generator) else { return }
        try await stage.orchestrator.renewSlots(lease: model.held[index].lease, for: .seconds(30))
        model.held[index].expiry = stage.clock.time + .seconds(30)
    }

    /// When all has been given back or has ended, nothing is left: no slot, no row.
    private func leaveNothing(_ stage: Stage, _ model: inout Model) async throws {
        _ = try await stage.orchestrator.releaseSlots(1000, ofLimitsNamed: ["a", "b"])
        stage.clock.advance(by: .seconds(3600))
        _ = try await HoldReaper(stage.orchestrator).tick(at: stage.clock.time)
        #expect(try await stage.taken(["a", "b"]) == [0, 0])
        #expect(try await stage.holdRows() == 0)
        // Whoever waited has given up too: everything can be had.
        #expect(try await stage.take(SlotRequest(names: ["a", "b"], slots: 3)) != nil)
    }

    /// Many callers that keep coming back: each is served before long, also one that wants everything.
    @Test(arguments: 1...10) func nobodyStarves(seed: UInt64) async throws {
        let stage = try await Stage(seed: seed)
        var generator = SeededGenerator(seed: seed)
        try await stage.limit("a", 4)
        // When each acts next, and the lease that it then gives back.
        var callers = (0..<12).map { (wants: $0 == 0 ? 4 : 1, at: stage.clock.time, lease: ID<SlotHold>?.none) }
        var (asking, longest) = (Array(repeating: stage.clock.time, count: 12), Duration.zero)
        var served = Array(repeating: 0, count: 12)
        for _ in 0..<1500 {
            let next = callers.indices.min { callers[$0].at < callers[$1].at } ?? 0
            stage.clock.advance(by: max(callers[next].at - stage.clock.time, .zero) + .milliseconds(3))
            let now = stage.clock.time
            if let lease = callers[next].lease {
                try await stage.orchestrator.releaseSlots(lease: lease)
                (callers[next].lease, callers[next].at, asking[next]) = (nil, now, now)
                continue
            }
            var request = SlotRequest(names: ["a"], slots: callers[next].wants)
            request.lease = .seconds(3600)
            switch try await stage.orchestrator.takeSlots(request) {
            case .granted(let lease, _):
                let work = Duration.milliseconds(Int.random(in: 100...1500, using: &generator))
                (callers[next].lease, callers[next].at) = (lease, now + work)
                longest = max(longest, now - asking[next])
                served[next] += 1
            case .full(_, let wait): callers[next].at = now + wait
            }
        }
        #expect(served.allSatisfy { $0 > 3 }, "seed \(seed): \(served)")
        #expect(longest < .seconds(60), "seed \(seed): \(longest)")
    }
}
