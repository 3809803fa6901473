import Domain
import HTTPTypes
import Hummingbird
import JSON
import Orchestration

/// Limits by their names, and their slots: Prefect's global concurrency limits.
struct ConcurrencyLimitsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/v2/concurrency_limits", create)
                .does("Make a limit", takes: .limitCreate, .created(.limit2)),
            .post("/v2/concurrency_limits/filter", filter)
                .does("List limits", takes: .listPart, .ok(.list(of: .globalLimit))),
            .get("/v2/concurrency_limits/{name}", read)
                .does("Read a limit, by its id or its name", .ok(.globalLimit)),
            .patch("/v2/concurrency_limits/{name}", update)
                .does("Change a limit, by its id or its name", takes: .limitUpdate, .noContent),
            .delete("/v2/concurrency_limits/{name}", delete)
                .does("Delete a limit, by its id or its name", .noContent),
            .post("/v2/concurrency_limits/increment", take)
                .does("Take slots", takes: .takeSlots, .ok(.limitBriefs), .locked),
            .post("/v2/concurrency_limits/increment-with-lease", takeWithLease)
                .does("Take slots for some time", takes: .leaseSlots, .ok(.leasedLimits), .locked),
            .post("/v2/concurrency_limits/decrement", release)
                .does("Give slots back", takes: .releaseSlots, .ok(.limitBriefs)),
            .post("/v2/concurrency_limits/decrement-with-lease", releaseLease)
                .does("Give the slots of a lease back", takes: .releaseLease, .noContent),
            .post("/v2/concurrency_limits/leases/{id}/renew", renew)
                .does("Keep slots for longer", takes: .renewLease, .noContent, .gone),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: LimitBody = try await call.body()
        return .json(try await orchestrator.createLimit(body.request).wholeView, .created)
    }

    private func filter(_ call: Call) async throws -> Response {
        let part: ListPart = try await call.body()
        return .json(.list(try await orchestrator.limits(limit: part.limit, offset: part.offset), \.view))
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.limit(try call.limitName).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let body: LimitChangesBody = try await call.body()
        try await orchestrator.updateLimit(try call.limitName, body.changes)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteLimit(try call.limitName)
        return .noContent
    }

    // MARK: Slots

    private func take(_ call: Call) async throws -> Response {
        let body: TakeSlotsBody = try await call.body()
        switch try await orchestrator.takeSlots(body.request) {
        case .granted(_, let limits): return .json(.list(limits, \.brief))
        case .full(_, let wait): return .locked("Locked", retryAfter: wait)
        }
    }

    private func takeWithLease(_ call: Call) async throws -> Response {
        let body: LeaseSlotsBody = try await call.body()
        switch try await orchestrator.takeSlots(body.request) {
        case .granted(let lease, let limits):
            return .json(["lease_id": lease.json, "limits": .list(limits, \.brief)])
        case .full(_, let wait): return .locked("Locked", retryAfter: wait)
        }
    }

    private func release(_ call: Call) async throws -> Response {
        let body: ReleaseSlotsBody = try await call.body()
        let limits = try await orchestrator.releaseSlots(
            body.slots, ofLimitsNamed: body.names, occupancy: body.occupancy)
        return .json(.list(limits, \.brief))
    }

    private func releaseLease(_ call: Call) async throws -> Response {
        let body: ReleaseLeaseBody = try await call.body()
        try await orchestrator.releaseSlots(lease: body.leaseID)
        return .noContent
    }

    private func renew(_ call: Call) async throws -> Response {
        let lease = try call.leaseID
        let body: RenewalBody = try await call.body()
        try await orchestrator.renewSlots(lease: lease, for: body.duration)
        return .noContent
    }
}

extension Call {
    fileprivate var limitName: LimitName {
        get throws(Problem) {
            let text = try name("name")
            return ID<ConcurrencyLimit>(text).map { .id($0) } ?? .name(text)
        }
    }

    fileprivate var leaseID: ID<SlotHold> {
        get throws {
            do {
                return try ID(reading: JSONReader(.string(try name("id")), path: ["path", "lease_id"]))
            } catch let error as JSONReadingError {
                throw InvalidBody(errors: [error], body: .null)
            }
        }
    }
}

extension Response {
    /// There is no room now. Prefect's clients wait for as long as the header says, and cannot do without it.
    static func locked(_ detail: String, retryAfter: Duration) -> Response {
        var response = Response.json(["detail": .string(detail)], .locked)
        response.headers[.retryAfter] = "\(retryAfter.inSeconds)"
        return response
    }
}

extension HTTPResponse.Status {
    /// RFC 4918, section 11.3.
    static let locked = HTTPResponse.Status(code: 423, reasonPhrase: "Locked")
}
