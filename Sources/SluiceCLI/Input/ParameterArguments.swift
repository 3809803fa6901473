import ArgumentParser
import JSON

/// One `-p NAME=VALUE`.
struct NamedText: ExpressibleByArgument, Equatable {
    let name: String
    let text: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        name = String(parts[0])
        text = String(parts[1])
    }

    /// - Throws: `CommandFailure` for a name that is there twice.
    static func checkOnce(_ arguments: [NamedText], option: String) throws {
        var seen: Set<String> = []
        for argument in arguments where !seen.insert(argument.name).inserted {
            throw CommandFailure.usage("\(option) gives '\(argument.name)' twice")
        }
    }
}

/// The parameters of a run: those of a file, and over them those of the command line.
struct ParameterSources {
    var file: String?
    var arguments: [NamedText]

    func parameters(types: DeclaredTypes, input: Int32) throws -> JSONObject {
        try NamedText.checkOnce(arguments, option: "-p")
        var parameters = try file.map { try Self.object(from: $0, input: input) } ?? [:]
        for name in parameters.keys { try types.check(name: name) }
        for argument in arguments {
            try types.check(name: argument.name)
            parameters[argument.name] = types.value(of: argument.text, for: argument.name)
        }
        return parameters
    }

    private static func object(from path: String, input: Int32) throws -> JSONObject {
        let source = try ByteSource(path: path, input: input)
        let json: JSONValue
        do {
            json = try JSONValue(parsing: source.rest())
        } catch let error as JSONError {
            throw CommandFailure.usage(
                "\(source.name):\(error.line):\(error.column): \(error.reason); --params takes a JSON object")
        }
        guard let object = json.objectValue else {
            throw CommandFailure.usage("\(source.name) does not hold a JSON object, as --params asks for")
        }
        return object
    }
}
