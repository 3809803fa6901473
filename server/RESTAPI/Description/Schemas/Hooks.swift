import Domain
import JSON
import Orchestration

// Doors for somebody else's servers.

extension Schema {
    private static let hookName = text(1...100, matching: #"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"#)

    private static let signatureWanted = body(
        "HookSignatureCreate", required: ["scheme": .words(of: HookSignature.Scheme.self)],
        optional: [
            "secret": .text.meaning("What senders sign with; made up, and answered once, if it is left out"),
            "header": .text, "prefix": .text, "encoding": .words(of: HookSignature.Encoding.self),
            "tolerance": .number(0...100 * 366 * 86_400),
        ])

    static let hookCreate = body(
        "HookCreate", required: ["name": hookName, "signature": signatureWanted],
        optional: [
            "description": .text, "enabled": .flag, "delivery_id": .template,
            "event": .body(optional: ["name": .template, "resource": .template]), "deployment_id": .id,
            "parameters": .map,
        ])

    static let hookUpdate = body(required: ["enabled": .flag])

    static let hookListRequest = body(
        optional: ["sort": .words(of: HookOrder.self), "limit": .whole(0...200), "offset": offset])

    private static let hookMembers: SchemaMembers = [
        "id": .id, "created": .time, "updated": .time, "name": .text, "description": .text, "enabled": .flag,
        "signature": .record([
            "scheme": .words(of: HookSignature.Scheme.self), "header": .text, "prefix": .text,
            "encoding": .words(of: HookSignature.Encoding.self), "tolerance": .seconds,
        ]), "delivery_id": .text.orNull, "event": .record(["name": .text, "resource": .text.orNull]),
        "deployment_id": .id.orNull, "parameters": .map,
    ]

    static let hook = record("Hook", hookMembers)
    static let madeHook = record("MadeHook", hookMembers + ["secret": .text.orNull])

    static let hookRehearsal = body(
        optional: ["body": .json, "headers": .map(of: .text), "query": .map(of: .text)])

    static let hookReading = record(
        "HookReading",
        [
            "delivery_id": .text.orNull, "event": .record(["name": .text, "resource": .text]),
            "deployment_id": .id.orNull, "parameters": .map,
        ])

    static let hookReceipt = record(
        "HookReceipt", ["event_id": .id, "flow_run_id": .id.orNull, "is_new": .flag])

    static let hookGreeting = record("HookGreeting", ["challenge": .text])
}
