import Domain
import JSON
import Storage

/// Events that automations tell.
extension ActionPerformer {
    /// What is done twice by a crash in between tells the same event, which is known.
    func emit(
        _ emission: AutomationAction.Emission, _ triggered: TriggeredAction, _ result: inout ActionResult
    ) async throws {
        let writer = writer(for: triggered)
        let complaint = "Unable to tell the event"
        let name = try await writer.text(emission.name)
        let labels = try await writer.parameters(emission.resource, orSay: complaint)
        let payload = try await writer.parameters(emission.payload, orSay: complaint)
        guard !name.isEmpty, name.utf8.count <= Event.longestName else {
            throw Failure("\(complaint): its name has \(name.utf8.count) bytes, not 1 to \(Event.longestName)")
        }
        // A text that is one expression may have become a number: labels are texts.
        let texts = labels.map { ($0.key, JSONValue.string($0.value.stringValue ?? $0.value.serialized())) }
        guard let id = ID<Event>("\(triggered.id)") else { return }
        let event = Event(
            id: id, occurred: triggered.firing.triggered, received: orchestrator.now, name: name,
            resource: EventResource(labels: JSONObject(texts)), related: triggered.subjects, payload: payload,
            follows: triggered.event?.id)
        let depth = triggered.depth + 1
        try await orchestrator.change { change in
            change.actionDepth = depth
            guard try change.store.insert(event) else { return }
            change.tell(.eventsTaken([event]))
        }
        result.related = [EventResource(.event, "\(event.id)", role: "emitted-event")]
        result.details["status_code"] = 204
    }
}

extension TriggeredAction {
    /// The run that the event was about, if it was about one.
    fileprivate var subjects: [EventResource] {
        guard let resource = event?.resource, let run: ID<FlowRun> = resource.id(as: .flowRun) else { return [] }
        return [EventResource(.flowRun, "\(run)", name: resource.name, role: "flow-run")]
    }
}
