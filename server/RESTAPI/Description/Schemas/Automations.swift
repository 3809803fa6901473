import Domain
import HTTPTypes
import JSON
import Orchestration

// Rules from events to actions.

extension Schema {
    /// Seconds, a hundred years at most.
    private static let timeSpan = number(0...100 * 366 * 86_400)

    /// Labels of resources, each with a value or some; a star at the end of one stands for anything.
    private static let labelTest = map(of: .any(of: .text, .list(of: .text)))

    private static func word(_ word: String) -> Schema { words([word]) }

    // MARK: Triggers

    private static func eventTrigger(_ posture: EventTrigger.Posture, within: Schema) -> Schema {
        body(
            "\(posture.rawValue)Trigger", required: ["posture": word(posture.rawValue)],
            optional: [
                "type": word("event"), "id": .id, "match": labelTest,
                "match_related": .any(of: labelTest, .list(of: labelTest)), "after": .list(of: .text),
                "expect": .list(of: .text), "for_each": .list(of: .text), "threshold": .whole,
            ], given: ["within": within])
    }

    private static let triggers = list(of: .itself("Trigger"))

    private static let compound = body(
        "CompoundTrigger",
        required: ["triggers": triggers, "require": .any(of: .words(["any", "all"]), .whole(from: 1))],
        optional: ["type": word("compound"), "id": .id, "within": timeSpan])

    private static let sequence = body(
        "SequenceTrigger", required: ["type": word("sequence"), "triggers": triggers],
        optional: ["id": .id, "within": timeSpan])

    private static let trigger = any(
        of: eventTrigger(.reactive, within: timeSpan),
        // What does not happen is missed after ten seconds at the earliest.
        eventTrigger(.proactive, within: .any(of: .number(0...0), .number(10...100 * 366 * 86_400))), compound, sequence
    ).named("Trigger")

    // MARK: Actions

    private static let plainActions = body(
        required: [
            "type": .words(["do-nothing", "cancel-flow-run", "suspend-flow-run", "resume-flow-run", "delete-flow-run"])
        ])

    /// Done to something that is chosen beforehand, or to what the event is about.
    private static func actions(_ types: [String], on id: String, _ more: SchemaMembers = [:]) -> Schema {
        any(
            of: body(
                required: ["type": .words(types), id: .id],
                optional: SchemaMembers(more.all + [("source", word("selected"))])),
            body(
                required: ["type": .words(types), "source": word("inferred")],
                optional: SchemaMembers(more.all + [(id, .null)])))
    }

    private static let changeState = body(
        required: ["type": word("change-flow-run-state"), "state": stateType],
        optional: ["name": .text, "message": .text, "force": .flag])
    private static let webhook = body(
        required: ["type": word("call-webhook"), "block_document_id": .id], optional: ["payload": .any(of: .text, .map)]
    )
    private static let notification = body(
        required: ["type": word("send-notification"), "block_document_id": .id, "body": .text],
        optional: ["subject": .text])
    private static let setVariable = body(
        required: ["type": word("set-variable"), "name": .text, "value": .json], optional: ["tags": .list(of: .text)]
    ).meaning("Sluice's own: Prefect has no such action")

    private static let emitEvent = body(
        required: [
            "type": word("emit-event"), "event": .text,
            "resource": .body(required: ["prefect.resource.id": .text]).with(
                "additionalProperties", ["type": "string"]),
        ], optional: ["payload": .map]
    ).meaning("Sluice's own: Prefect has no such action")

    private static let action = any(
        of: body(required: ["type": word("do-nothing"), "sluice_action": .itself("Action")])
            .meaning("An action that Prefect does not have, as its clients are shown it"), plainActions,
        actions(
            ["run-deployment"], on: "deployment_id",
            ["parameters": .map, "job_variables": .map, "schedule_after": timeSpan]),
        actions(["pause-deployment", "resume-deployment"], on: "deployment_id"),
        actions(["pause-work-pool", "resume-work-pool"], on: "work_pool_id"),
        actions(["pause-work-queue", "resume-work-queue"], on: "work_queue_id"),
        actions(["pause-automation", "resume-automation"], on: "automation_id"), changeState, setVariable, emitEvent,
        webhook,
        notification
    ).named("Action")

    // MARK: Automations

    static let automationCreate = body(
        required: ["name": .text, "trigger": trigger, "actions": .list(of: action)],
        optional: [
            "description": .text, "enabled": .flag, "tags": .list(of: .text), "actions_on_trigger": .list(of: action),
            "actions_on_resolve": .list(of: action), "owner_resource": .text,
        ]
    ).with("additionalProperties", false).named("AutomationCreate")

    static let automationUpdate = body(optional: ["enabled": .flag]).with("additionalProperties", false)
        .named("AutomationPartialUpdate")

    static let automation = record(
        "Automation",
        [
            "name": .text, "description": .text, "enabled": .flag, "tags": .list(of: .text), "trigger": trigger,
            "actions": .list(of: action), "actions_on_trigger": .list(of: action),
            "actions_on_resolve": .list(of: action), "id": .id, "created": .time, "updated": .time,
        ])
}

// MARK: - Messages on their way

extension Schema {
    static let deliveryListRequest = body(
        optional: [
            "state": .words(of: Delivery.State.self), "sort": .words(of: DeliveryOrder.self), "limit": .whole(0...200),
            "offset": offset,
        ])

    static let delivery = record(
        "Delivery",
        [
            "id": .id, "created": .time.orNull, "state": .words(of: Delivery.State.self), "automation_id": .id,
            "automation_name": .text, "action": action, "event": .json, "tries": .count, "last_tried": .time.orNull,
            "due": .time.orNull, "reason": .text.orNull,
        ])
}

// MARK: - Templates

extension Schema {
    static let template = text.meaning("A template in Jinja's language")

    fileprivate static let templateFault = record(
        "TemplateFault", ["error": .record(["line": .count, "message": .text, "source": .text])])
}

extension Operation.Answer {
    /// What is wrong with a template, and where.
    static let refusedTemplate = json(.unprocessableContent, .any(of: .templateFault, .invalidRequest))
}
