import Domain
import HTTPTypes
import Hummingbird
import JSON
import Orchestration

/// What happened, and what clients say of it.
struct EventsController: Controller {
    let orchestrator: Orchestrator
    let configuration: RESTConfiguration

    var routes: [Route] {
        [
            .post("/events", create)
                .does("Tell of what happened", takes: .list(of: .eventCreate), .noContent),
            .post("/events/filter", filter)
                .does("List events", takes: .eventListRequest, .ok(.eventPage)),
            .get("/events/filter/next", next)
                .does("Read the next page of events", query: [.required("page-token", .text)], .ok(.eventPage)),
            .get("/events/follow", follow)
                .does(
                    "Follow events as they happen, as server-sent events",
                    query: [.optional("event", .text), .optional("resource", .text), .optional("since", .time)],
                    .sends(.events)),
            .post("/events/count-by/{countable}", count)
                .does(
                    "Count events", takes: .eventCountRequest, path: ["countable": .words(of: EventCountable.self)],
                    .ok(.list(of: .eventCount))),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let told: [ToldEvent] = try await call.body()
        let now = orchestrator.now
        try await orchestrator.take(told.map { $0.received(at: now) })
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let body: EventListBody = try await call.body()
        return try await page(of: body, after: nil, total: nil, call)
    }

    private func next(_ call: Call) async throws -> Response {
        guard let token = call.query("page-token").flatMap({ EventPageToken($0) }) else {
            throw Problem(.forbidden, "Forbidden")
        }
        return try await page(of: token.body, after: token.cursor, total: token.total, call)
    }

    private func page(
        of body: EventListBody, after cursor: EventCursor?, total: Int?, _ call: Call
    ) async throws -> Response {
        let page = try await orchestrator.events(body.filter, after: cursor, limit: body.limit, total: total)
        let next = page.next.map { cursor in
            let base = configuration.publicURL ?? "http://\(call.request.head.authority ?? configuration.host)"
            let token = EventPageToken(body: body, cursor: cursor, total: page.total)
            return "\(base)/api/events/filter/next?page-token=\(token)"
        }
        return .json(["events": page.events.json, "total": page.total.json, "next_page": next.json])
    }

    private func follow(_ call: Call) async throws -> Response {
        var filter = EventFilter()
        if let name = call.query("event") {
            if name.hasSuffix("*") {
                filter.name.prefixes = [String(name.dropLast())]
            } else {
                filter.name.names = [name]
            }
        }
        if let id = call.query("resource") {
            var test = EventFilter.ResourceTest()
            if id.hasSuffix("*") { test.idPrefixes = [String(id.dropLast())] } else { test.ids = [id] }
            filter.resource = test
        }
        filter.since = try call.query("since").map { text throws(Problem) in
            guard let time = Timestamp(text) else { throw .invalid("'since' is a time, not \"\(text)\"") }
            return time
        }
        let feed = EventFeed(orchestrator, filter, replays: filter.since != nil)
        return .following(feed, for: call, keepAlive: configuration.keepAlive)
    }

    private func count(_ call: Call) async throws -> Response {
        let name = try call.name("countable")
        guard let countable = EventCountable(rawValue: name) else {
            let names = EventCountable.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw Problem.invalid("\"\(name)\" cannot be counted by: it should be one of \(names)")
        }
        let body: EventCountBody = try await call.body()
        let counts = try await orchestrator.countEvents(
            body.filter, by: countable, unit: body.unit, interval: body.interval)
        return .json(.list(counts, \.view))
    }
}

extension EventCount {
    fileprivate var view: JSONValue {
        [
            "value": .string(value), "label": .string(label), "count": count.json, "start_time": start.json,
            "end_time": end.json,
        ]
    }
}
