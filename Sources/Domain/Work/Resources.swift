/// Amounts of what a host has and runs need.
public struct Resources: Sendable, Hashable {
    /// Thousandths of a processor.
    public var cpu: Int
    /// Bytes.
    public var memory: Int
    /// Whole devices.
    public var gpu: Int

    public init(cpu: Int = 0, memory: Int = 0, gpu: Int = 0) {
        self.cpu = cpu
        self.memory = memory
        self.gpu = gpu
    }

    public static let none = Resources()

    public var isNone: Bool { self == .none }

    /// How much there is too little for `wanted`, of each; none where there is enough.
    public func shortage(for wanted: Resources) -> Resources {
        Resources(cpu: max(0, wanted.cpu - cpu), memory: max(0, wanted.memory - memory), gpu: max(0, wanted.gpu - gpu))
    }

    public static func + (left: Resources, right: Resources) -> Resources {
        Resources(
            cpu: left.cpu.addingClamped(right.cpu), memory: left.memory.addingClamped(right.memory),
            gpu: left.gpu.addingClamped(right.gpu))
    }

    public static func - (left: Resources, right: Resources) -> Resources {
        Resources(cpu: left.cpu - right.cpu, memory: left.memory - right.memory, gpu: left.gpu - right.gpu)
    }
}

extension Resources: Comparable {
    /// An order for shortages: by what is scarcest, devices, then processors, then memory. What loses some of any of them
    /// and gains of none is never the larger for it.
    public static func < (left: Resources, right: Resources) -> Bool {
        (left.gpu, left.cpu, left.memory) < (right.gpu, right.cpu, right.memory)
    }
}

extension Int {
    /// The sum, or the largest number there is.
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

/// What the runs of a deployment ask of the agent that executes them.
public struct Requirements: Sendable, Hashable {
    /// The agent has all of these, with these very values.
    public var labels: [String: String]
    /// The agent has as much to spare.
    public var resources: Resources

    public init(labels: [String: String] = [:], resources: Resources = .none) {
        self.labels = labels
        self.resources = resources
    }

    public var isNone: Bool { labels.isEmpty && resources.isNone }
}

extension ExecutionSpec {
    /// The label of agents that have an engine for containers.
    public static let containerLabel = "sluice.container"

    /// What it asks of an agent, said or not: one without an engine, or of an earlier release, would execute what belongs
    /// into a container as a process of its host.
    public var needs: Requirements {
        guard container != nil else { return requires }
        var needs = requires
        needs.labels[Self.containerLabel] = "true"
        return needs
    }
}
