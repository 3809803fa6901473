import APIClient
import Bundles
import DeploymentDocument
import Domain
import JSON

/// Makes a server's deployments what their documents say.
struct Deployer {
    enum Change: Equatable {
        case made
        /// - Parameter fields: the document's names of what is different.
        case changed([String])
        case unchanged

        var name: String {
            switch self {
            case .made: "new"
            case .changed: "changed"
            case .unchanged: "unchanged"
            }
        }
    }

    struct ShippedBundle {
        let digest: String
        let size: Int
        let files: Int
        let isUploaded: Bool
    }

    struct Outcome {
        let definition: DeploymentDefinition
        let change: Change
        let bundle: ShippedBundle?
        let record: DeploymentResource

        var json: JSONValue {
            var object: JSONObject = ["change": .string(change.name), "deployment": record.json]
            if case .changed(let fields) = change { object["fields"] = fields.json }
            return .object(object)
        }
    }

    let connection: APIConnection
    private var shipped: [String: ShippedBundle] = [:]

    init(connection: APIConnection) { self.connection = connection }

    mutating func deploy(_ definition: DeploymentDefinition) async throws -> Outcome {
        let existing = try await existing(definition)
        let bundle = try await ship(definition.code)
        let reference = bundle.map { BundleReference(digest: $0.digest, size: $0.size) }
        let body = definition.body(bundle: reference)
        if let existing {
            var fields = DeploymentDifference(body: body, record: existing.json).fields
            let triggers = StatedTriggers(definition: definition)
            if try await triggers.differ(from: existing.id, on: connection) { fields.append("triggers") }
            guard !fields.isEmpty else {
                return Outcome(definition: definition, change: .unchanged, bundle: bundle, record: existing)
            }
            let record = try await register(definition, body)
            return Outcome(definition: definition, change: .changed(fields), bundle: bundle, record: record)
        }
        return Outcome(
            definition: definition, change: .made, bundle: bundle, record: try await register(definition, body))
    }

    private func existing(_ definition: DeploymentDefinition) async throws -> DeploymentResource? {
        do {
            return try await connection.deployment(flow: definition.flow, name: definition.name)
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// Packs a folder, and uploads it unless the server has it.
    private mutating func ship(_ code: DeploymentCode) async throws -> ShippedBundle? {
        guard case .folder(let folder) = code else { return nil }
        if let known = shipped[folder] { return known }
        let (packed, bytes) = try BundlePacker().pack(folder)
        let digest = packed.digest.description
        let isKnown = try await connection.hasBundle(digest)
        if !isKnown { try await connection.upload(bundle: digest, bytes) }
        let bundle = ShippedBundle(digest: digest, size: packed.bytes, files: packed.entries, isUploaded: !isKnown)
        shipped[folder] = bundle
        return bundle
    }

    private func register(_ definition: DeploymentDefinition, _ body: JSONObject) async throws -> DeploymentResource {
        var body = body
        body["flow_id"] = .string(try await connection.createFlow(definition.flow))
        do {
            return try await connection.deploy(body).deployment
        } catch {
            throw await explained(error, definition)
        }
    }

    private func explained(_ error: APIError, _ definition: DeploymentDefinition) async -> any Error {
        guard case .refused(let status, let detail) = error else { return error }
        let pools = status == 404 ? try? await connection.pools().map(\.name) : nil
        guard let pools, !pools.contains(definition.pool) else {
            return CommandFailure.failed("\(definition.path): \(detail)")
        }
        return CommandFailure.failed(
            """
            \(definition.path): there is no work pool '\(definition.pool)'\
            \(NearestName.hint(for: definition.pool, among: pools))
            Make it with: sluice pool create \(Lines.quoted(definition.pool))
            """)
    }

    /// What keeps the deployments' runs from being executed.
    func warnings(_ outcomes: [Outcome]) async -> [String] {
        var warnings: [String] = []
        var seen: Set<[String]> = []
        for definition in outcomes.map(\.definition) where seen.insert([definition.pool, definition.queue]).inserted {
            let (pool, queue) = (definition.pool, definition.queue)
            guard let record = try? await connection.queue(queue, ofPool: pool) else { continue }
            if record.isPaused {
                warnings.append(
                    "The queue '\(queue)' is paused: sluice queue resume \(Lines.quoted(queue)) --pool \(Lines.quoted(pool))"
                )
            }
            if record.agentsOnline == 0 { warnings.append(await Lines.unserved(connection, pool: pool, queue: queue)) }
        }
        return warnings
    }
}

extension DeploymentDefinition {
    /// What the server is sent, but for the flow's id. What the document leaves out is sent as nothing, so that what an
    /// earlier one said is gone.
    func body(bundle: BundleReference?) -> JSONObject {
        [
            "name": .string(name), "description": description.json, "version": version.json, "tags": tags.json,
            "parameters": .object(defaults), "parameter_openapi_schema": parameterSchema,
            "enforce_parameter_schema": true, "work_pool_name": .string(pool), "work_queue_name": .string(queue),
            "concurrency_limit": concurrencyLimit.json, "execution": execution(bundle: bundle).json,
            "retention": retention.json, "schedules": .array(schedules.map { .object($0.body) }),
            "concurrency_options": concurrencyOptions, "sla": serviceLevel.json,
            "triggers": StatedTriggers(definition: self).bodies.json,
        ]
    }

    /// Nothing where runs wait for a slot, as they do where nobody says anything.
    private var concurrencyOptions: JSONValue {
        guard collision != .enqueue else { return .null }
        return ["collision_strategy": .string(collision.rawValue)]
    }
}

/// In what a deployment that is wanted differs from the one that there is.
struct DeploymentDifference {
    /// As the document names them.
    let fields: [String]

    private static let names = [
        "parameters": "defaults", "parameter_openapi_schema": "parameters", "work_pool_name": "pool",
        "work_queue_name": "queue", "bundle": "code", "enforce_parameter_schema": "parameters",
        "concurrency_options": "concurrency",
    ]

    init(body: JSONObject, record: JSONValue) {
        var changed: [String] = []
        for (key, wanted) in body {
            let actual = Self.actual(key, in: record)
            // What the server makes of triggers are automations: they are compared with these.
            guard key != "triggers", !wanted.isMathematicallyEqual(to: actual) else { continue }
            if key == "schedules", Self.areSame(wanted, actual) { continue }
            if key == "execution" {
                changed += Self.differences(wanted.objectValue ?? [:], actual.objectValue ?? [:])
            } else {
                changed.append(key)
            }
        }
        var seen: Set<String> = []
        fields = changed.map { Self.names[$0] ?? $0 }.filter { seen.insert($0).inserted }
    }

    private static func actual(_ key: String, in record: JSONValue) -> JSONValue {
        if key == "concurrency_options" {
            let strategy = record[key]?["collision_strategy"] ?? .null
            return strategy.isNull || strategy == .string(CollisionStrategy.enqueue.rawValue)
                ? .null : ["collision_strategy": strategy]
        }
        if key == "concurrency_limit" { return record["global_concurrency_limit"]?["limit"] ?? .null }
        return record[key] ?? .null
    }

    /// Whether each schedule that is wanted is there, and no other. What is not stated, such as whether it is active,
    /// may be anything.
    private static func areSame(_ wanted: JSONValue, _ actual: JSONValue) -> Bool {
        var present = actual.arrayValue ?? []
        for schedule in wanted.arrayValue ?? [] {
            let stated = (schedule.objectValue ?? [:]).filter { $0.key != "active" || $0.value != .null }
            let index = present.firstIndex { found in
                stated.allSatisfy { $0.value.isMathematicallyEqual(to: found[$0.key] ?? .null) }
            }
            guard let index else { return false }
            present.remove(at: index)
        }
        return present.isEmpty
    }

    private static func differences(_ wanted: JSONObject, _ actual: JSONObject) -> [String] {
        let keys = wanted.keys + actual.keys.filter { !wanted.contains(key: $0) }
        return keys.filter { key in
            !(wanted[key] ?? .null).isMathematicallyEqual(to: actual[key] ?? .null)
        }
    }
}
