import JSON

/// A JSON Schema for a deployment's parameters, read once and then applied to every run's.
///
/// Draft 2020-12, with the spellings of draft 7 that older tools write (`definitions`, lists in `items`,
/// `additionalItems`, `dependencies`). References reach whatever the document itself or the library has; nothing is
/// fetched.
public struct ParameterSchema: Sendable {
    private let compiled: CompiledSchema

    /// Steps that one validation may take, beside those that grow with the value: some tenths of a second.
    private static let steps = 1_000_000
    private static let stepsPerElement = 16

    /// - Throws: ``SchemaError`` for what JSON Schema does not know: an unknown type, a pattern that is none, a
    ///   reference to what is not there.
    public init(
        _ schema: JSONValue, formats: FormatAssertion = .asserted, library: SchemaLibrary = .standard
    ) throws(SchemaError) {
        compiled = try SchemaCompiler.compile(schema, formats: formats, library: library)
    }

    /// In what respects the value is not what the schema asks for; none if it is.
    ///
    /// Always ends, and soon: a check that would take too long is itself a violation.
    ///
    /// - Parameter ignoringRequired: accept objects that lack required properties, as a deployment's own defaults may
    ///   lack what each run is to give.
    public func validate(_ value: JSONValue, ignoringRequired: Bool = false) -> [SchemaViolation] {
        SchemaEvaluator.violations(
            of: value, against: compiled, steps: Self.steps + Self.stepsPerElement * value.weight,
            ignoresRequired: ignoringRequired)
    }

    /// The value with the properties that it lacks and for which the schema has a `default`, also in objects within
    /// objects. Looks through `$ref` and `allOf`, not into alternatives.
    public func applyingDefaults(to value: JSONValue) -> JSONValue {
        var defaults = SchemaDefaults(schema: compiled)
        return defaults.completing(value)
    }
}

/// Whether `format` is checked or says something to people only, where the schema's own metaschema leaves that open.
public enum FormatAssertion: Sendable, Hashable {
    case asserted, ignored
}
