import Domain

/// Reads which folder is shipped to the agents, or where else they have the code from.
struct CodeReader {
    let folder: DocumentFolder

    /// The document's own folder, unless it says otherwise.
    func code(_ fields: Fields) -> DeploymentCode? {
        guard let node = fields["code"] else { return .folder(folder.path) }
        if node.members != nil {
            return CodeSourceReader(problems: fields.problems).source(node, of: fields).map { .source($0) }
        }
        guard let text = fields.text("code") else { return nil }
        if text == "none" { return DeploymentCode.none }
        let path = folder.resolve(text)
        guard !text.isEmpty, folder.isFolder(path) else {
            fields.add(
                node,
                "'code' is a folder, none for no code, or a mapping such as {git: {url: …}}; there is no folder "
                    + node.summary)
            return nil
        }
        return .folder(path)
    }
}

/// Reads what a deployment's Python code depends on.
struct PythonReader {
    let folder: DocumentFolder

    func requirements(_ fields: Fields) -> PythonRequirements? {
        guard let node = fields["python"],
            let python = Fields(node, of: "'python'", keys: ["version", "requirements"], problems: fields.problems)
        else { return nil }
        return PythonRequirements(version: version(python), requirements: lines(python))
    }

    private func version(_ python: Fields) -> String? {
        guard let node = python["version"], let version = python.text("version") else { return nil }
        let parts = version.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), parts.allSatisfy({ Int($0) != nil && $0.first?.isNumber == true }) else {
            python.add(node, "'version' is a version of Python, such as 3.11, not \(node.summary)")
            return nil
        }
        return version
    }

    /// A list, or the name of a file beside the document.
    private func lines(_ python: Fields) -> [String] {
        guard let node = python["requirements"] else { return [] }
        if node.elements != nil { return python.texts("requirements") ?? [] }
        guard let name = python.text("requirements") else { return [] }
        do throws(FileFailure) {
            let text = try folder.text(of: folder.resolve(name), atMost: 1 << 20)
            return text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.isBlankOrComment }
        } catch {
            python.add(node, "'requirements' is a list, or a file like requirements.txt: \(error)")
            return []
        }
    }
}

extension String {
    fileprivate var isBlankOrComment: Bool {
        drop { $0.isWhitespace }.first.map { $0 == "#" } ?? true
    }
}
