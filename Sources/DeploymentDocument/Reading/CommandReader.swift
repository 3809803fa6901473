import Domain
import JSON

/// Reads what is executed: the command and its environment, and the parameters that they name.
struct CommandReader {
    /// Nothing where they could not be read, so that nothing can be said of placeholders.
    let parameters: DeclaredParameters?
    let problems: ProblemList

    func command(_ fields: Fields) -> CommandTemplate? {
        guard let node = fields["command"] else { return nil }
        switch node.content {
        case .mapping:
            fields.add(
                node,
                "'command' is a list of arguments, or a text for the shell, not a mapping"
                    + "; put what holds {{ … }} in quotes")
            return nil
        case .scalar(let script, _):
            guard fields.text("command") != nil else { return nil }
            guard script.contains(where: { !$0.isWhitespace }) else {
                fields.add(node, "'command' is empty")
                return nil
            }
            checkPlaceholders(in: [script], at: node.place)
            return .shell(script)
        case .sequence(let elements): return arguments(elements, of: node, fields)
        }
    }

    private func arguments(_ elements: [YAMLNode], of node: YAMLNode, _ fields: Fields) -> CommandTemplate? {
        var arguments: [String] = []
        for element in elements {
            guard let argument = fields.text(element, what: "an argument of 'command'") else { continue }
            checkPlaceholders(in: [argument], at: element.place)
            if let secret = CommandTemplate.arguments([argument]).exposedSecrets.first {
                problems.add(element.place, secret.exposure)
            }
            arguments.append(argument)
        }
        guard arguments.count == elements.count else { return nil }
        guard let program = arguments.first, !program.isEmpty else {
            fields.add(node, "'command' names no program")
            return nil
        }
        return .arguments(arguments)
    }

    func environment(_ fields: Fields) -> [String: String] {
        guard let node = fields["env"] else { return [:] }
        guard let members = node.members else {
            fields.add(node, "'env' is a mapping of names to texts, not \(node.summary)")
            return [:]
        }
        var environment: [String: String] = [:]
        for member in members {
            if member.key.isEmpty || member.key.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == 0 }) {
                problems.add(member.keyPlace, "'\(member.key)' is no name of an environment variable")
            }
            if member.key.hasPrefix("SLUICE_") {
                problems.add(member.keyPlace, "'\(member.key)' is one of the variables that Sluice sets itself")
            }
            if member.value.isNull {
                let isWritten = member.value.spelling?.isEmpty == false
                problems.add(
                    member.value.place,
                    "the variable '\(member.key)' has no value; write \"\(isWritten ? "null" : "")\" in quotes")
                continue
            }
            guard let text = fields.text(member.value, what: "the variable '\(member.key)'") else { continue }
            checkPlaceholders(in: [text], at: member.value.place)
            environment[member.key] = text
        }
        return environment
    }

    private func checkPlaceholders(in texts: [String], at place: DocumentPlace) {
        guard let parameters else { return }
        for path in CommandTemplate.arguments(texts).parameterPaths {
            let name = String(path.prefix { $0 != "." })
            guard let names = parameters.names, !names.contains(name), !parameters.allowsOthers else { continue }
            let hint = NearestName.hint(for: name, among: names)
            problems.add(place, "{{ parameters.\(path) }} names no declared parameter\(hint)")
        }
        for name in parameters.names ?? [] {
            for text in texts where text.contains("{{ \(name) }}") || text.contains("{{\(name)}}") {
                problems.add(place, "write {{ parameters.\(name) }} for the parameter '\(name)', not {{ \(name) }}")
            }
        }
    }
}
