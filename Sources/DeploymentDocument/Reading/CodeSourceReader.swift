import Domain

/// Reads code that is had from elsewhere than from the document's folder: a mapping with one key, the kind of source.
struct CodeSourceReader {
    let problems: ProblemList

    /// - Parameter deployment: what the code is of.
    func source(_ node: YAMLNode, of deployment: Fields) -> CodeSource? {
        let kinds = CodeSource.Kind.allCases.map(\.rawValue)
        guard let fields = Fields(node, of: "'code'", keys: kinds, problems: problems) else { return nil }
        let given = CodeSource.Kind.allCases.filter { fields[$0.rawValue] != nil }
        guard let kind = given.first, given.count == 1, let place = fields[kind.rawValue] else {
            let names = kinds.joined(separator: ", ")
            // What it has that is none of them is told already.
            if given.count > 1 || (node.members ?? []).isEmpty {
                problems.add(node.place, "'code' has exactly one of \(names)")
            }
            return nil
        }
        switch kind {
        case .path: return fields.text(kind.rawValue).flatMap { checked(CodeSource(.path, [.path: $0]), place, [:]) }
        case .image: return image(place, fields, of: deployment)
        default: return settings(of: kind, place)
        }
    }

    private func image(_ node: YAMLNode, _ fields: Fields, of deployment: Fields) -> CodeSource? {
        guard fields.text("image") == "true" else {
            fields.add(node, "'image' is true, for code that is in the container's image, not \(node.summary)")
            return nil
        }
        guard deployment["container"] != nil else {
            fields.add(node, "code that is in an image wants a 'container' with that image")
            return nil
        }
        return CodeSource(.image)
    }

    private func settings(of kind: CodeSource.Kind, _ node: YAMLNode) -> CodeSource? {
        let keys = kind.settings.map(\.rawValue)
        guard let fields = Fields(node, of: "'\(kind.rawValue)'", keys: keys, problems: problems) else { return nil }
        var settings: [CodeSource.Setting: String] = [:]
        var places: [CodeSource.Setting: YAMLNode] = [:]
        for setting in kind.settings {
            places[setting] = fields[setting.rawValue]
            settings[setting] = fields.text(setting.rawValue)
        }
        // One that could not be read is told already, and is not missing.
        guard settings.count == places.count else { return nil }
        return checked(CodeSource(kind, settings), node, places)
    }

    private func checked(
        _ source: CodeSource, _ node: YAMLNode, _ places: [CodeSource.Setting: YAMLNode]
    ) -> CodeSource? {
        let defects = source.defects
        for defect in defects {
            problems.add((defect.setting.flatMap { places[$0] } ?? node).place, defect.description)
        }
        return defects.isEmpty ? source : nil
    }
}
