import Domain

/// What people have asked for, and what they were told.
struct Clients {
    /// The runs that were acknowledged, and the attempt-independent facts that go with them.
    var runs: [ID<FlowRun>] = []
    var batches: [(id: ID<Batch>, size: Int)] = []
    var cancelled: Set<ID<FlowRun>> = []
    var deployments: [ID<Deployment>] = []
    var queues: [ID<WorkQueue>] = []
    /// Requests that are repeated until they are answered.
    var open = 0
    /// The last runs, which show that every slot is free again.
    var areProbing = false
}
