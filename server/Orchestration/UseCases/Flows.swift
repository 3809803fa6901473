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

    /// - Throws: `OrchestrationError.conflict` while deployments or runs of it exist.
    public func deleteFlow(_ id: ID<Flow>) async throws {
        try await change { change in
            _ = try change.store.flow(id).orNotFound("Flow", id)
            let ofFlow = Condition.test("flow_id = ?", [.id(id)])
            let deployments = try change.store.count(in: .deployment, ofFlow)
            let runs = try change.store.count(in: .run, ofFlow)
            guard deployments == 0, runs == 0 else {
                throw OrchestrationError.conflict(
                    "the flow still has \(deployments) deployments and \(runs) runs: delete them first")
            }
            try change.store.deleteFlow(id)
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
