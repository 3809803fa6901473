public import Domain
public import JSON
import Secrets
import Storage

/// A hook as it is wanted.
public struct HookRequest: JSONReadable, Sendable {
    public let name: String
    public let description: String
    public let isEnabled: Bool
    public let signature: HookSignature
    /// What senders sign with; nothing for the one that there is, or one that is made up.
    public let secret: String?
    public let deliveryID: String?
    public let eventName: String
    public let eventResource: String?
    public let run: Hook.Run?

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.required("name")
        let isPlain = name.utf8.allSatisfy { byte in
            let character = Character(UnicodeScalar(byte))
            return byte < 128 && (character.isLetter || character.isNumber || "-_.".contains(character))
        }
        guard isPlain, (1...100).contains(name.utf8.count), name.first != "." else {
            throw try reader.required("name").valueError(
                "the name of a hook has 1 to 100 letters, digits, dashes, dots and underscores: it is part of an address"
            )
        }
        description = try reader.optional("description") ?? ""
        isEnabled = try reader.optional("enabled") ?? true
        let signing = try reader.required("signature")
        signature = try HookSignature(reading: signing)
        secret = try signing.optional("secret")
        if let secret, secret.utf8.count < 8 || signature.scheme == .none {
            throw try signing.required("secret").valueError(
                signature.scheme == .none ? "nothing is signed, so there is no secret" : "a secret has 8 bytes or more")
        }
        deliveryID = try reader.optional("delivery_id")
        let event = try reader.optional("event")
        eventName = try event?.optional("name") ?? Hook.standardEvent
        eventResource = try event?.optional("resource")
        let deployment: ID<Deployment>? = try reader.optional("deployment_id")
        let parameters: JSONObject = try reader.optional("parameters") ?? [:]
        run = deployment.map { Hook.Run(of: $0, parameters: parameters) }
    }
}

/// A hook, and the secret that was made up for it: it is shown once.
public struct MadeHook: Sendable {
    public let hook: Hook
    public let secret: String?
}

extension Orchestrator {
    /// - Throws: `OrchestrationError.conflict` when the name is taken; `.invalid` for a template that is none;
    ///   `.notFound` for a deployment that is not there; `SecretFailure`.
    public func createHook(_ request: HookRequest) async throws -> MadeHook {
        try await change { [vault] change in
            guard try change.store.hook(named: request.name) == nil else {
                throw OrchestrationError.conflict("there is a hook '\(request.name)' already")
            }
            let hook = Hook(
                id: change.surroundings.newID(), name: request.name, signature: request.signature,
                created: change.now, updated: change.now)
            return try change.keep(hook, as: request, vault, .created)
        }
    }

    /// Makes a hook what is wanted; its secret stays unless there is another, or the scheme is.
    ///
    /// - Throws: `OrchestrationError.notFound`, and what `createHook` throws.
    public func replaceHook(named name: String, with request: HookRequest) async throws -> MadeHook {
        try await change { [vault] change in
            let hook = try change.store.hook(named: name).orNotFound("Hook", name)
            guard try request.name == name || change.store.hook(named: request.name) == nil else {
                throw OrchestrationError.conflict("there is a hook '\(request.name)' already")
            }
            return try change.keep(hook, as: request, vault, .updated)
        }
    }

    /// Says whether a hook takes anything.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func setEnabled(_ isEnabled: Bool, hook name: String) async throws -> Hook {
        try await change { change in
            var hook = try change.store.hook(named: name).orNotFound("Hook", name)
            hook.isEnabled = isEnabled
            hook.updated = change.now
            try change.store.save(hook)
            try change.happened(.updated, to: hook)
            return hook
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func hook(named name: String) async throws -> Hook {
        try await database.read { try $0.hook(named: name) }.orNotFound("Hook", name)
    }

    /// The hooks that are asked for.
    public func hooks(_ request: ListRequest<HookOrder>) async throws -> [Hook] {
        try await database.read { try $0.hooks(request.query(.always)) }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deleteHook(named name: String) async throws {
        try await change { change in
            let hook = try change.store.hook(named: name).orNotFound("Hook", name)
            try change.store.deleteHook(hook.id)
            try change.happened(.deleted, to: hook)
        }
    }
}

/// Orders of hooks.
public enum HookOrder: String, CaseIterable, ListOrder {
    case nameAscending = "NAME_ASC"
    case newestFirst = "CREATED_DESC"

    public static let standard = nameAscending

    public var columns: String {
        switch self {
        case .nameAscending: "name"
        case .newestFirst: "created DESC, id DESC"
        }
    }
}

extension Change {
    fileprivate mutating func keep(
        _ known: Hook, as request: HookRequest, _ vault: Vault, _ fate: ConfigurationFate
    ) throws -> MadeHook {
        var hook = known
        hook.name = request.name
        hook.description = request.description
        hook.isEnabled = request.isEnabled
        hook.signature = request.signature
        hook.deliveryID = request.deliveryID
        hook.eventName = request.eventName
        hook.eventResource = request.eventResource
        hook.run = request.run
        hook.updated = now
        try HookTemplates.check(hook)
        if let run = hook.run { _ = try store.deployment(run.deployment).orNotFound("Deployment", run.deployment) }
        let isKept = known.signature.scheme == hook.signature.scheme && !known.sealedSecret.isEmpty
        var madeUp: String?
        if hook.signature.scheme == .none {
            hook.sealedSecret = []
        } else if request.secret != nil || !isKept {
            if request.secret == nil { madeUp = surroundings.bytes(32).map { Self.hex($0) }.joined() }
            hook.sealedSecret = try vault.seal(
                request.secret ?? madeUp ?? "", of: hook.id, nonce: surroundings.bytes(SecretKey.nonceSize))
        }
        try store.save(hook)
        try follow(hook, from: known)
        try happened(fate, to: hook)
        return MadeHook(hook: hook, secret: madeUp)
    }

    private static func hex(_ byte: UInt8) -> String {
        String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
    }

    fileprivate mutating func happened(_ fate: ConfigurationFate, to hook: Hook) throws {
        try happened("sluice.hook.\(fate.rawValue)", to: hook.resource(), payload: ["name": .string(hook.name)])
    }
}

extension Hook {
    func resource(inRole role: String? = nil) -> EventResource {
        var labels: JSONObject = [
            "prefect.resource.id": .string(resourceID), "prefect.resource.name": .string(name),
        ]
        if let role { labels["prefect.resource.role"] = .string(role) }
        return EventResource(labels: labels)
    }
}
