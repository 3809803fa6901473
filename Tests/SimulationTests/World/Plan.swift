import Domain
import TestSupport

/// What a seed makes of a world before it begins: who is there, what is asked for, and what may go wrong.
struct Plan {
    struct Host {
        let slots: Int
        /// None means all of the pool.
        let queues: [String]
    }

    struct DeploymentPlan {
        let queue: String
        let limit: Int?
        let policy: RunPolicy
        let priority: Int
    }

    /// What may go wrong in this world. A world in which everything does finds less than many in which some things do.
    enum Trouble: CaseIterable {
        case partitions, brokenConnections, slowNetwork, lostMessages, repeatedMessages
        case serverCrashes, serverRestarts, crashesAtCommits, diskFailures, slowServer
        case agentCrashes, agentRestarts, agentDrains, supervisorCrashes, hostCrashes
        case agentFreezes, supervisorFreezes, hostFreezes
        case serverClockJumps, agentClockJumps
    }

    let hosts: [Host]
    let deployments: [DeploymentPlan]
    let runs: Int
    let batches: Int
    let troubles: Set<Trouble>
    /// How long things go wrong, in microseconds.
    let duration: Int64
    /// Between two troubles, on average, in microseconds.
    let interval: Int64
    let heartbeat: Duration
    /// How long leases last after an orderly end of the server.
    let intermission: Duration

    /// - Parameter sabotage: something that is sure to go wrong, in a world where it can do harm.
    init(_ random: inout SeededGenerator, sabotage: Sabotage? = nil) {
        let queues = ["default", "other"]
        hosts = (0..<Int.random(in: 1...3, using: &random)).map { index in
            let isChoosy = index > 0 && Int.random(in: 0..<4, using: &random) == 0
            return Host(
                slots: Int.random(in: 1...3, using: &random),
                queues: isChoosy ? [queues.randomElement(using: &random) ?? ""] : [])
        }
        deployments = (0..<Int.random(in: 1...3, using: &random)).map { _ in Self.deployment(&random) }
        runs = Int.random(in: 2...6, using: &random)
        batches = Int.random(in: 0..<4, using: &random) == 0 ? 1 : 0
        let mood = Double.random(in: 0.05...0.4, using: &random)
        let chosen = Trouble.allCases.filter { _ in Double.random(in: 0..<1, using: &random) < mood }
        troubles = sabotage.map(\.troubles) ?? Set(chosen)
        duration = Int64.random(in: 8...25, using: &random) * 1_000_000
        interval = Int64.random(in: 1_000_000...8_000_000, using: &random)
        heartbeat = .milliseconds(Int64.random(in: 10...25, using: &random) * 100)
        intermission = .seconds(Int64.random(in: 10...60, using: &random))
    }

    private static func deployment(_ random: inout SeededGenerator) -> DeploymentPlan {
        let lease = [5, 5, 5, 8, 10, 15].randomElement(using: &random) ?? 30
        let isLimited = Int.random(in: 0..<3, using: &random) == 0
        let hasTimeout = Int.random(in: 0..<4, using: &random) == 0
        let policy = RunPolicy(
            retries: RetryPolicy(
                limit: Int.random(in: 0...2, using: &random),
                delay: .milliseconds(Int.random(in: 0...2000, using: &random)),
                jitter: 0.3),
            timeout: hasTimeout ? .milliseconds(Int.random(in: 500...6000, using: &random)) : nil,
            grace: .milliseconds([0, 300, 2000, 10_000].randomElement(using: &random) ?? 0), lease: .seconds(lease))
        return DeploymentPlan(
            queue: ["default", "default", "other"].randomElement(using: &random) ?? "default",
            limit: isLimited ? Int.random(in: 1...2, using: &random) : nil, policy: policy,
            priority: Int.random(in: 0...2, using: &random))
    }

    func has(_ trouble: Trouble) -> Bool { troubles.contains(trouble) }
}

/// A part of the simulation that is made to misbehave, so that it is seen whether the judges notice.
enum Sabotage {
    case supervisorIgnoresDeadlines
    case leasesAgeTooFast
    case serverForgetsToRenewAtItsStart
    case storageForgetsCommits
    case networkInventsAcknowledgements

    /// What brings it to light.
    var troubles: Set<Plan.Trouble> {
        switch self {
        case .supervisorIgnoresDeadlines: [.partitions, .hostFreezes, .agentCrashes]
        case .leasesAgeTooFast: [.agentCrashes]
        case .serverForgetsToRenewAtItsStart: [.serverCrashes]
        case .storageForgetsCommits, .networkInventsAcknowledgements: []
        }
    }
}
