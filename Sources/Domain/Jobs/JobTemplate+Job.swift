public import JSON

extension JobTemplate {
    /// For pools whose template says nothing.
    public static let processes = JobTemplate(
        configuration: ["command": "{{ command }}", "env": "{{ env }}", "working_dir": "{{ working_dir }}"],
        variables: [:])

    /// The same for pools whose runs execute in containers: what deployments say is taken as it is.
    public static let containers: JobTemplate = {
        let names = [
            "command", "env", "image", "image_pull_policy", "registry_credentials", "networks", "network_mode",
            "volumes",
            "mem_limit", "memswap_limit", "privileged", "labels", "user", "container_create_kwargs",
        ]
        return JobTemplate(
            configuration: JSONObject(names.map { ($0, .string("{{ \($0) }}")) }), variables: [:])
    }()

    /// The variables that have a default: null is none.
    private var givenDefaults: JSONObject {
        let properties = variables["properties"]?.objectValue ?? [:]
        return JSONObject(
            properties.compactMap { name, property in
                property["default"].flatMap { $0.isNull ? nil : (name, $0) }
            })
    }

    /// The job for these values. What refers to the environment of an agent (`{{ $NAME }}`) stays as it is.
    ///
    /// - Parameters:
    ///   - deployment: `job_variables` of the deployment.
    ///   - run: those of the run, which win; of `env`, name by name.
    ///   - place: where it executes.
    public func job(
        deployment: JSONObject, run: JSONObject, references: any JobReferences, in place: JobPlace = .process
    ) throws(JobTemplateError) -> ProcessJob {
        let defaults = givenDefaults
        let values = defaults.merging(Self.nested(Self.merged(deployment, run)))
        var configuration = configuration
        if let environment = defaults["env"]?.objectValue, !environment.isEmpty {
            configuration["env"] = .object((configuration["env"]?.objectValue ?? [:]).merging(environment))
        }
        if let fixed = configuration["env"]?.objectValue, let environment = values["env"]?.objectValue {
            configuration["env"] = .object(fixed.merging(environment))
        }
        let applied = Self.apply(.object(values), to: .object(configuration)) ?? .object([:])
        let job = try ReferenceResolver(references: references).resolve(applied)
        let own = try ReferenceResolver(references: references).resolve(.object(values.filtered(ProcessJob.ownNames)))
        return try ProcessJob(job.objectValue ?? [:], own: own.objectValue ?? [:], in: place)
    }

    private static func merged(_ deployment: JSONObject, _ run: JSONObject) -> JSONObject {
        var merged = deployment.merging(run)
        if let first = deployment["env"]?.objectValue, let second = run["env"]?.objectValue {
            merged["env"] = .object(first.merging(second))
        }
        return merged
    }

    /// `"env.NAME": 1` says the same as `"env": {"NAME": 1}`, which wins where both are given.
    private static func nested(_ values: JSONObject) -> JSONObject {
        var nested = JSONObject()
        for (key, value) in values where key.contains(".") {
            nested = nested.setting(value, at: JSONValue.components(of: key)[...])
        }
        for (key, value) in values where !key.contains(".") {
            if let before = nested[key]?.objectValue, let object = value.objectValue {
                nested[key] = .object(before.deeplyMerging(object))
            } else {
                nested[key] = value
            }
        }
        return nested
    }

    /// - Returns: nothing for a text that is a placeholder without a value; an object or a list goes without it.
    private static func apply(_ values: JSONValue, to template: JSONValue) -> JSONValue? {
        switch template {
        case .object(let object):
            var applied = JSONObject()
            for (key, value) in object { applied[key] = apply(values, to: value) }
            return .object(applied)
        case .array(let elements): return .array(elements.compactMap { apply(values, to: $0) })
        case .string(let string):
            let text = TemplateText(string)
            if let only = text.only, only.kind == .value { return values.part(at: only.name) }
            return .string(
                text.replacing { placeholder in
                    guard placeholder.kind == .value else { return nil }
                    return values.part(at: placeholder.name)?.textInTemplates ?? ""
                })
        default: return template
        }
    }
}

extension JSONObject {
    fileprivate func filtered(_ names: [String]) -> JSONObject {
        JSONObject(filter { names.contains($0.key) }.map { ($0.key, $0.value) })
    }

    fileprivate func setting(_ value: JSONValue, at path: ArraySlice<String>) -> JSONObject {
        guard let first = path.first else { return self }
        var changed = self
        let rest = path.dropFirst()
        changed[first] = rest.isEmpty ? value : .object((self[first]?.objectValue ?? [:]).setting(value, at: rest))
        return changed
    }

    fileprivate func deeplyMerging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (key, value) in other {
            if let before = self[key]?.objectValue, let object = value.objectValue {
                merged[key] = .object(before.deeplyMerging(object))
            } else {
                merged[key] = value
            }
        }
        return merged
    }
}

extension JSONValue {
    /// The names in `a.b[0].c`.
    fileprivate static func components(of path: String) -> [String] {
        path.split(separator: ".", omittingEmptySubsequences: false).flatMap { part in
            part.split(separator: "[").map { String($0.filter { $0 != "]" }) }
        }
    }

    /// What stands at `a.b[0].c` in this.
    func part(at path: String) -> JSONValue? {
        var value = self
        for name in Self.components(of: path) {
            guard let next = Int(name).flatMap({ value[$0] }) ?? value[name] else { return nil }
            value = next
        }
        return value
    }

    /// What Python's `str` makes of it.
    var textInTemplates: String { stringValue ?? PythonSpelling.whole(self) }
}
