public import Domain
public import JSON
import Secrets
import Storage

/// What becomes of a delivery to a hook.
public enum HookAnswer: Sendable {
    /// It is told as an event, and has started a run if the hook is there for that.
    ///
    /// - Parameter isNew: false for one that was taken before: nothing more came of it.
    case taken(HookReceipt, isNew: Bool)
    /// Slack wants to know whether somebody is there: the answer is this text.
    case greeting(String)
    /// Nobody knows whether it is from whom it should be.
    case refused(String)
}

/// What a hook makes of a delivery.
public struct HookReading: Sendable, Hashable, JSONEncodable {
    /// What it is told apart by from others; nothing if each is taken for another.
    public let deliveryID: String?
    public let eventName: String
    public let eventResource: String
    public let deployment: ID<Deployment>?
    public let parameters: JSONObject

    public var json: JSONValue {
        [
            "delivery_id": deliveryID.json,
            "event": ["name": .string(eventName), "resource": .string(eventResource)],
            "deployment_id": deployment.json, "parameters": .object(parameters),
        ]
    }
}

extension Orchestrator {
    /// Takes a delivery, if it is signed as the hook wants it: in one transaction it is told as an event, which automations
    /// look at, and starts a run. One that is repeated is known.
    ///
    /// - Throws: `OrchestrationError.notFound` when there is no such hook, or it is paused; `.invalid` and
    ///   `.invalidParameters` when its templates or its run have no use for the delivery. Then nothing is kept of it.
    public func receive(_ delivery: HookDelivery, at name: String) async throws -> HookAnswer {
        let hook = try await hook(named: name)
        guard hook.isEnabled else {
            throw OrchestrationError.notFound(kind: "Hook", name: name, hint: "it is paused")
        }
        let claim = hook.signature.claim(in: delivery.headers)
        if let objection = try objection(to: claim, delivery, hook) { return .refused(objection) }
        let shown = delivery.shown(without: hook.signature)
        if hook.signature.scheme == .slack, shown["body"]?["type"] == "url_verification",
            let challenge = shown["body"]?["challenge"]?.stringValue
        {
            return .greeting(challenge)
        }
        let reading = try await read(delivery, at: hook, signed: claim)
        return try await change { change in try change.take(reading, shown, at: hook) }
    }

    /// What would come of a delivery, if it were signed: nothing does.
    ///
    /// - Throws: as `receive` does.
    public func rehearse(_ delivery: HookDelivery, at name: String) async throws -> HookReading {
        try await read(delivery, at: try await hook(named: name), signed: nil)
    }

    /// Why a delivery is not believed; nothing if it is.
    private func objection(
        to claim: SignatureClaim?, _ delivery: HookDelivery, _ hook: Hook
    ) throws -> String? {
        guard hook.signature.scheme != .none else { return nil }
        guard let claim else { return "the header \(hook.signature.header) holds no signature as this hook wants it" }
        let tag = SharedSecret.tag(of: [Array(claim.beforeBody.utf8), delivery.body], by: try vault.secret(of: hook))
        // All are looked at, for as long.
        guard claim.tags.map({ SecretKey.isSame($0, tag) }).contains(true) else {
            return "the signature is not one by this hook's secret"
        }
        guard !claim.isStale(at: now, tolerance: hook.signature.tolerance) else {
            return "it was signed too long ago, or the clocks differ"
        }
        return nil
    }

    private func read(
        _ delivery: HookDelivery, at hook: Hook, signed claim: SignatureClaim?
    ) async throws -> HookReading {
        let shown = delivery.shown(without: hook.signature)
        let templates = HookTemplates(hook, shown, variables: try await variableValues())
        let own = try hook.deliveryID.map { try templates.text($0, "delivery_id") }
        let id = own ?? hook.signature.deliveryID(in: delivery.headers, shown["body"], claim)
        let name = try templates.text(hook.eventName, "event.name")
        guard !name.isEmpty, name.utf8.count <= Event.longestName else {
            throw OrchestrationError.invalid(
                "the event's name has \(name.utf8.count) bytes, not 1 to \(Event.longestName)")
        }
        let resource = try hook.eventResource.map { try templates.text($0, "event.resource") } ?? ""
        return HookReading(
            deliveryID: id.flatMap { $0.isEmpty ? nil : String($0.prefix(500)) }, eventName: name,
            eventResource: resource.isEmpty ? hook.resourceID : resource, deployment: hook.run?.deployment,
            parameters: try templates.parameters(hook.run?.parameters ?? [:]))
    }
}

extension HookSignature {
    /// What the senders of this scheme tell their deliveries apart by.
    fileprivate func deliveryID(
        in headers: [String: String], _ body: JSONValue?, _ claim: SignatureClaim?
    ) -> String? {
        switch scheme {
        case .github: headers["x-github-delivery"]
        case .stripe: body?["id"]?.stringValue
        case .slack: body?["event_id"]?.stringValue ?? headers[header.lowercased()]
        case .hmac, .none: headers["idempotency-key"] ?? headers["webhook-id"]
        }
    }
}

extension Change {
    fileprivate mutating func take(_ reading: HookReading, _ shown: JSONObject, at hook: Hook) throws -> HookAnswer {
        // It may have been deleted, or paused, since it was read.
        guard try store.hook(named: hook.name)?.isEnabled == true else {
            throw OrchestrationError.notFound(kind: "Hook", name: hook.name)
        }
        if let id = reading.deliveryID, let receipt = try store.receipt(of: id, at: hook.id) {
            return .taken(receipt, isNew: false)
        }
        var related = [hook.resource(inRole: "hook")]
        var run: FlowRun?
        if let deployment = reading.deployment {
            var request = RunRequest()
            request.parameters = reading.parameters
            request.createdBy = ["id": hook.id.json, "type": "HOOK", "display_value": .string(hook.name)]
            let known = try deployments.deployment(deployment, in: store)
            let made = try submit(request, to: known, nil).run
            related.append(EventResource(.flowRun, "\(made.id)", name: made.name, role: "flow-run"))
            related.append(
                EventResource(.deployment, "\(deployment)", name: known.deployment.name, role: "deployment"))
            run = made
        }
        let event = try happened(
            reading.eventName, to: EventResource(labels: ["prefect.resource.id": .string(reading.eventResource)]),
            related: related, payload: shown)
        let receipt = HookReceipt(event: event.id, run: run?.id)
        if let id = reading.deliveryID { try store.insert(receipt, of: id, at: hook.id, now) }
        return .taken(receipt, isNew: true)
    }
}
