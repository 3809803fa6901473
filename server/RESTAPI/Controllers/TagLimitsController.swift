import Domain
import Hummingbird
import JSON
import Orchestration

/// Limits on the task runs that bear a tag: the same limits, managed by the tag.
struct TagLimitsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/concurrency_limits", create)
                .does(
                    "Make a limit on a tag, or change it", takes: .tagLimitCreate, .created(.tagLimit), .ok(.tagLimit)),
            .post("/concurrency_limits/filter", filter)
                .does("List limits on tags", takes: .listPart, .ok(.list(of: .tagLimit))),
            .get("/concurrency_limits/{id}", read)
                .does("Read a limit on a tag", .ok(.tagLimit)),
            .delete("/concurrency_limits/{id}", delete)
                .does("Delete a limit on a tag", .ok(.null)),
            .get("/concurrency_limits/tag/{tag}", readByTag)
                .does("Read the limit on a tag", .ok(.tagLimit)),
            .delete("/concurrency_limits/tag/{tag}", deleteByTag)
                .does("Delete the limit on a tag", .ok(.null)),
            .post("/concurrency_limits/tag/{tag}/reset", reset)
                .does("Say who holds the slots of a limit on a tag", takes: .tagReset, .ok(.null)),
            .post("/concurrency_limits/increment", take)
                .does("Take slots for a task run", takes: .tagSlots, .ok(.limitBriefs), .locked),
            .post("/concurrency_limits/decrement", release)
                .does("Give the slots of a task run back", takes: .tagSlots, .ok(.limitBriefs)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: TagLimitBody = try await call.body()
        let (limit, isNew) = try await orchestrator.ensureLimit(onTag: body.tag, slots: body.slots)
        return .json(limit.tagView, isNew ? .created : .ok)
    }

    private func filter(_ call: Call) async throws -> Response {
        let part: ListPart = try await call.body()
        let limits = try await orchestrator.limits(
            prefix: ConcurrencyLimit.tagPrefix, limit: part.limit, offset: part.offset)
        return .json(.list(limits, \.tagView))
    }

    private func read(_ call: Call) async throws -> Response {
        let limit = try await orchestrator.limit(.id(try call.id(of: ConcurrencyLimit.self)))
        guard limit.limit.tag != nil else { throw Problem.notFound("Concurrency limit not found") }
        return .json(limit.tagView)
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteLimit(.id(try call.id(of: ConcurrencyLimit.self)))
        return .json(.null)
    }

    private func readByTag(_ call: Call) async throws -> Response {
        .json(try await orchestrator.limit(try call.tagLimitName).tagView)
    }

    private func deleteByTag(_ call: Call) async throws -> Response {
        try await orchestrator.deleteLimit(try call.tagLimitName)
        return .json(.null)
    }

    private func reset(_ call: Call) async throws -> Response {
        let body: TagResetBody = try await call.body()
        try await orchestrator.resetLimit(onTag: try call.name("tag"), holding: body.taskRuns)
        return .json(.null)
    }

    // MARK: Slots

    private func take(_ call: Call) async throws -> Response {
        let body: TagSlotsBody = try await call.body()
        let (answer, limits) = try await orchestrator.takeTagSlots(body.tags, for: body.taskRun)
        switch answer {
        case .granted: return .json(.list(limits) { $0.brief(named: $0.tag ?? $0.name) })
        case .full(_, let wait): return .locked(answer.reason ?? "", retryAfter: wait)
        // Nothing is to be gained by asking soon.
        case .forbidden: return .locked(answer.reason ?? "", retryAfter: ConcurrencyLimit.longestWait)
        }
    }

    private func release(_ call: Call) async throws -> Response {
        let body: TagSlotsBody = try await call.body()
        return .json(.list(try await orchestrator.releaseTagSlots(body.tags, of: body.taskRun), \.brief))
    }
}

extension Call {
    fileprivate var tagLimitName: LimitName {
        get throws(Problem) { .name(ConcurrencyLimit.name(ofTag: try name("tag"))) }
    }
}
