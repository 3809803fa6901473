/// Which agent may take a run that asks for labels and resources.
///
/// No agent is given more than it offers. And nothing large is starved by what is small: a run that fits nowhere now
/// keeps one agent for itself, that which has the least to free for it. What comes behind it in the order is given
/// nothing there until the run has started. The agent is chosen anew each time; as what is kept only ever drains, the least
/// that has to be freed never grows, and so the run's time comes.
public struct Admission: Sendable {
    /// An agent, what it offers, and how much of that its leases take.
    public struct Place: Sendable, Hashable {
        public let agent: Agent
        public private(set) var held: Resources

        public init(_ agent: Agent, held: Resources) {
            self.agent = agent
            self.held = held
        }

        fileprivate mutating func take(_ resources: Resources) { held = held + resources }

        /// What must come free before it can execute such a run.
        public func shortage(for wanted: Requirements) -> Resources {
            (agent.offer - held).shortage(for: wanted.resources)
        }
    }

    private var places: [ID<Agent>: Place]
    /// The agents that nobody else is given anything of, and for which runs.
    private var kept: [ID<Agent>: ID<FlowRun>] = [:]

    public init(_ places: some Sequence<Place>) {
        self.places = Dictionary(places.map { ($0.agent.id, $0) }, uniquingKeysWith: { $1 })
    }

    /// Whether the agent is kept for another run.
    public func isKept(_ agent: ID<Agent>, from run: ID<FlowRun>) -> Bool { kept[agent].map { $0 != run } ?? false }

    /// The run that the agent is kept for.
    public func keeper(of agent: ID<Agent>) -> ID<FlowRun>? { kept[agent] }

    /// The first of `seats` that can take the run now. If none can and the run asks for resources, an agent is kept for it.
    ///
    /// - Parameters:
    ///   - queue: the name of the run's.
    ///   - seats: the agents with a free slot, those first that are to be taken first.
    public mutating func agent(
        for run: ID<FlowRun>, in queue: String, _ wanted: Requirements, among seats: [ID<Agent>]
    ) -> ID<Agent>? {
        let fitting = seats.first { agent in
            guard let place = places[agent], !isKept(agent, from: run) else { return false }
            return place.agent.couldHold(wanted) && place.shortage(for: wanted).isNone
        }
        if fitting == nil { keep(for: run, in: queue, wanted) }
        return fitting
    }

    private mutating func keep(for run: ID<FlowRun>, in queue: String, _ wanted: Requirements) {
        guard !wanted.resources.isNone, !kept.values.contains(run) else { return }
        let able = places.values.filter {
            $0.agent.serves(queueNamed: queue) && $0.agent.couldHold(wanted) && kept[$0.agent.id] == nil
        }
        let nearest = able.min { ($0.shortage(for: wanted), $0.agent.id) < ($1.shortage(for: wanted), $1.agent.id) }
        if let nearest { kept[nearest.agent.id] = run }
    }

    /// The agent has been given a run that asks for this much.
    public mutating func take(_ resources: Resources, from agent: ID<Agent>, for run: ID<FlowRun>) {
        places[agent]?.take(resources)
        kept = kept.filter { $0.value != run }
    }
}

extension Agent {
    /// Whether it could execute such a run if it did nothing else.
    public func couldHold(_ wanted: Requirements) -> Bool {
        hasLabels(of: wanted) && offer.shortage(for: wanted.resources).isNone
    }

    /// Whether it has the labels that such a run asks for.
    public func hasLabels(of wanted: Requirements) -> Bool {
        wanted.labels.allSatisfy { labels[$0.key] == $0.value }
    }
}
