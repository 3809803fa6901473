import JSON

/// Puts blocks and variables into a template, as Prefect's workers do.
struct ReferenceResolver {
    let references: any JobReferences

    func resolve(_ template: JSONValue) throws(JobTemplateError) -> JSONValue {
        try withVariables(try withBlocks(template))
    }

    // MARK: - Blocks

    private func withBlocks(_ template: JSONValue) throws(JobTemplateError) -> JSONValue {
        switch template {
        case .object(let object):
            if let id = object["$ref"]?["block_document_id"]?.stringValue {
                return .object(try look("block", id) { try references.block(id: id) }.orMissing(id))
            }
            var resolved = JSONObject()
            for (key, value) in object { resolved[key] = try withBlocks(value) }
            return .object(resolved)
        case .array(let elements):
            var resolved: [JSONValue] = []
            for element in elements { resolved.append(try withBlocks(element)) }
            return .array(resolved)
        case .string(let string):
            let text = TemplateText(string)
            if let only = text.only, case .block(let path) = only.kind { return try block(at: path) }
            return .string(try text.replacing(inlineBlock))
        default: return template
        }
    }

    private func inlineBlock(_ placeholder: TemplatePlaceholder) throws(JobTemplateError) -> String? {
        guard case .block(let path) = placeholder.kind else { return nil }
        let value = try block(at: path)
        guard value.objectValue == nil, value.arrayValue == nil else { throw .notAText(placeholder.name) }
        return value.textInTemplates
    }

    /// `TYPE.NAME` is the block, or its value if that is all that it has; `TYPE.NAME.PATH` a part of it.
    private func block(at path: String) throws(JobTemplateError) -> JSONValue {
        let parts = path.split(separator: ".", maxSplits: 2).map(String.init)
        guard parts.count >= 2 else { throw .noBlock("prefect.blocks.\(path)") }
        let document = try look("block", path) { try references.block(named: parts[1], type: parts[0]) }
            .orMissing("\(parts[0])/\(parts[1])")
        let part = parts.count > 2 ? parts[2] : nil
        var value = JSONValue.object(document)
        if document.count == 1, let only = document["value"], part?.hasPrefix("value") != true { value = only }
        guard let part else { return value }
        guard let found = value.part(at: part) else { throw .notInBlock("prefect.blocks.\(path)") }
        return found
    }

    // MARK: - Variables

    private func withVariables(_ template: JSONValue) throws(JobTemplateError) -> JSONValue {
        switch template {
        case .object(let object):
            var resolved = JSONObject()
            for (key, value) in object { resolved[key] = try withVariables(value) }
            return .object(resolved)
        case .array(let elements):
            var resolved: [JSONValue] = []
            for element in elements { resolved.append(try withVariables(element)) }
            return .array(resolved)
        case .string(let string):
            let text = TemplateText(string)
            // One that does not exist leaves nothing behind.
            if let only = text.only, case .variable(let name) = only.kind { return try variable(name) ?? "" }
            return .string(
                try text.replacing { placeholder throws(JobTemplateError) in
                    guard case .variable(let name) = placeholder.kind else { return nil }
                    return try variable(name)?.textInTemplates ?? ""
                })
        default: return template
        }
    }

    private func variable(_ name: String) throws(JobTemplateError) -> JSONValue? {
        try look("variable", name) { try references.variable(named: name) }
    }

    private func look<Found>(
        _ kind: String, _ name: String, _ body: () throws -> Found
    ) throws(JobTemplateError) -> Found {
        do { return try body() } catch { throw .lookup("\(kind) \(name): \(error)") }
    }
}

extension JSONObject? {
    fileprivate func orMissing(_ name: String) throws(JobTemplateError) -> JSONObject {
        guard let self else { throw .noBlock(name) }
        return self
    }
}
