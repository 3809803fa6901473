/// `{{ $NAME }}` in what a job is made of: for whoever starts it, and has the environment.
public enum EnvironmentReferences {
    /// The text with the variables in their places. What is not there leaves nothing behind.
    public static func expand(_ text: String, in environment: [String: String]) -> String {
        guard text.contains("{{") else { return text }
        return TemplateText(text).replacing { placeholder in
            guard case .environment(let name) = placeholder.kind else { return nil }
            return environment[name] ?? ""
        }
    }

    /// The same in all that people write of a container.
    public static func expand(_ container: ContainerSpec, in environment: [String: String]) -> ContainerSpec {
        container.changing { expand($0, in: environment) }
    }
}
