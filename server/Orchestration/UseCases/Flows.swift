public import Domain
public import JSON
import Storage

extension Orchestrator {
    /// The flow of that name, made if there is none.
    ///
    /// - Returns: the flow, and whether it was made.
    public func ensureFlow(
        named name: String, tags: [String] = [], labels: JSONObject = [:]
    ) async throws -> (flow: Flow, isNew: Bool) {
        try Names.check(name, of: "flow")
        return try await change { change in
            if let flow = try change.store.flow(named: name) { return (flow, false) }
            let flow = Flow(
                id: change.surroundings.newID(), name: name, tags: tags, labels: labels, created: change.now,
                updated: change.now)
            try change.store.insert(flow)
            try change.happened("created", to: flow)
            return (flow, true)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func flow(_ id: ID<Flow>) async throws -> Flow {
        try await database.read { try $0.flow(id) }.orNotFound("Flow", id)
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func flow(named name: String) async throws -> Flow {
        try await database.read { try $0.flow(named: name) }.orNotFound("Flow", name)
    }

    /// Changes the tags of a flow.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func updateFlow(_ id: ID<Flow>, tags: [String]) async throws {
        try await change { change in
            var flow = try change.store.flow(id).orNotFound("Flow", id)
            flow.tags = tags
            flow.updated = change.now
            try change.store.update(flow)
            try change.happened("updated", to: flow)
        }
    }

    /// Forgets a flow with its deployments and their runs, as Prefect does. What the runs have logged leaves with its
    /// day.
    ///
    /// - Throws: `OrchestrationError.notFound`; `.conflict` while runs of it are being executed.
    public func deleteFlow(_ id: ID<Flow>) async throws {
        _ = try await flow(id)
        let ofFlow = Condition.test("flow_id = ?", [.id(id)])
        try await database.read { try $0.checkIdle(id) }
        while true {
            let query = Query(.test("deployment.flow_id = ?", [.id(id)]), limit: 200)
            let deployments = try await database.read { try $0.deployments(query).map(\.id) }
            guard !deployments.isEmpty else { break }
            for deployment in deployments { try await deleteDeployment(deployment) }
        }
        _ = try await sweep(ofFlow) { change, head in
            guard head.machine.holder == nil else { return false }
            try change.delete(head)
            return true
        }
        try await change { change in
            _ = try change.store.flow(id).orNotFound("Flow", id)
            try change.store.checkIdle(id)
            // What came meanwhile.
            for run in try change.store.runIDs(where: ofFlow, limit: .max) {
                if let head = try change.store.head(run) { try change.delete(head) }
            }
            try change.store.deleteFlow(id)
        }
    }
}

extension Store {
    fileprivate func checkIdle(_ flow: ID<Flow>) throws {
        let runs = try count(in: .run, .test("run.flow_id = ? AND run.holder IS NOT NULL", [.id(flow)]))
        guard runs == 0 else {
            throw OrchestrationError.conflict("\(runs) runs of the flow are being executed: cancel them first")
        }
    }
}

extension Optional {
    /// The value, or `OrchestrationError.notFound`.
    func orNotFound(_ kind: String, _ name: some CustomStringConvertible) throws(OrchestrationError) -> Wrapped {
        guard let self else { throw .notFound(kind: kind, name: name.description) }
        return self
    }
}

/// What things may be called.
enum Names {
    /// Characters that would make a name ambiguous in `FLOW/DEPLOYMENT`, in addresses or in a terminal.
    private static let forbidden: Set<Character> = ["/", "%", "&", ">", "<"]

    static func check(_ name: String, of kind: String) throws(OrchestrationError) {
        guard !name.isEmpty else { throw .invalid("the name of a \(kind) cannot be empty") }
        guard name.count <= 300 else { throw .invalid("the name of a \(kind) cannot be longer than 300 characters") }
        let bad = name.first { forbidden.contains($0) || $0.unicodeScalars.contains { $0.value < 32 } }
        guard bad == nil else {
            throw .invalid("the name \"\(name)\" of a \(kind) cannot contain / % & > < or control characters")
        }
    }
}
