/// Why a text is no template, or why a template could not be rendered.
public struct TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line of the template that is at fault, counted from 1.
    public let line: Int
    public let message: String

    public init(line: Int, message: String) {
        self.line = line
        self.message = message
    }

    public var description: String { "line \(line): \(message)" }
}
