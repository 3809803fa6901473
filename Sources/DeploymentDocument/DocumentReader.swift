import Glibc

/// Reads `sluice.yaml`: the deployments that it states, or everything that is wrong with it.
public enum DocumentReader {
    public static let fileName = "sluice.yaml"

    /// - Parameter path: a document, or a folder with a `sluice.yaml`.
    /// - Returns: the document's path, and its deployments in the order in which they stand there; at least one.
    /// - Throws: ``UnreadableDocument`` or ``InvalidDocument``.
    public static func read(_ path: String) throws -> (file: String, deployments: [DeploymentDefinition]) {
        let file = try find(path)
        let text: String
        do {
            text = try DocumentFolder.text(of: file, atMost: YAMLComposer.largestText)
        } catch {
            throw UnreadableDocument(reason: error.description)
        }
        let folder = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        return (file, try read(text: text, file: file, folder: folder))
    }

    /// - Parameters:
    ///   - file: how messages name the document.
    ///   - folder: what paths in it are relative to.
    public static func read(
        text: String, file: String, folder: String = "."
    ) throws(InvalidDocument) -> [DeploymentDefinition] {
        let problems = ProblemList()
        let roots = YAMLComposer(problems: problems).roots(of: text)
        let reader = StreamReader(
            deployments: DeploymentReader(folder: DocumentFolder(path: folder), problems: problems),
            problems: problems)
        let definitions = reader.definitions(of: roots)
        if definitions.isEmpty, problems.isEmpty {
            problems.add(DocumentPlace(line: 1, column: 1), "the document states no deployment")
        }
        guard problems.isEmpty else { throw InvalidDocument(file: file, problems: problems.problems) }
        return definitions
    }

    private static func find(_ path: String) throws(UnreadableDocument) -> String {
        switch DocumentFolder.type(of: path) {
        case nil: throw UnreadableDocument(reason: "there is no '\(path)'; name a \(fileName), or a folder with one")
        case S_IFDIR:
            let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
            let file = path == "." ? fileName : "\(trimmed)/\(fileName)"
            guard DocumentFolder.type(of: file) != nil else {
                throw UnreadableDocument(reason: "the folder '\(path)' has no \(fileName)")
            }
            return file
        default: return path
        }
    }
}

/// There is no document to read.
public struct UnreadableDocument: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}

/// Reads the roots of a stream: each is a deployment, or a list of them with what they share.
struct StreamReader {
    let deployments: DeploymentReader
    let problems: ProblemList

    func definitions(of roots: [YAMLNode]) -> [DeploymentDefinition] {
        let definitions = roots.flatMap { nodes(of: $0) }.compactMap { deployments.definition($0) }
        var places: [String: DocumentPlace] = [:]
        for definition in definitions {
            if let first = places[definition.path] {
                problems.add(
                    definition.place, "the deployment \(definition.path) is there twice: first at line \(first.line)")
            }
            places[definition.path] = places[definition.path] ?? definition.place
        }
        return definitions
    }

    private func nodes(of root: YAMLNode) -> [YAMLNode] {
        guard let list = root["deployments"] else { return [root] }
        guard let elements = list.elements, !elements.isEmpty else {
            problems.add(list.place, "'deployments' is a list of deployments, not \(list.summary)")
            return []
        }
        let shared = (root.members ?? []).filter { $0.key != "deployments" }
        return elements.map { $0.sharing(shared) }
    }
}

extension YAMLNode {
    /// Mappings that are merged key by key; all else that a deployment states replaces what is shared.
    private static let merged: Set<String> = ["env", "parameters", "defaults"]

    /// This deployment with what it shares with others, where it does not state it itself.
    fileprivate func sharing(_ shared: [Member]) -> YAMLNode {
        guard let own = members else { return self }
        let schemas = ["parameters", "parameter_schema"]
        let statesSchema = own.contains { schemas.contains($0.key) }
        var result = own
        for member in shared {
            if let index = result.firstIndex(where: { $0.key == member.key }) {
                guard Self.merged.contains(member.key), result[index].value.members != nil else { continue }
                let value = result[index].value.filled(from: member.value.members ?? [])
                result[index] = Member(key: member.key, keyPlace: result[index].keyPlace, value: value)
            } else if !(statesSchema && schemas.contains(member.key)) {
                result.append(member)
            }
        }
        return YAMLNode(place: place, content: .mapping(result))
    }

    private func filled(from others: [Member]) -> YAMLNode {
        let own = members ?? []
        let keys = Set(own.map(\.key))
        return YAMLNode(place: place, content: .mapping(own + others.filter { !keys.contains($0.key) }))
    }
}
