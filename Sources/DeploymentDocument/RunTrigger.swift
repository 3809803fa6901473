public import Domain
public import JSON

/// Something that starts a run of a deployment, as a document states it. The server keeps it
/// as an automation that belongs to the deployment.
public struct RunTrigger: Sendable, Hashable {
    /// What has to happen.
    public enum Cause: Sendable, Hashable {
        /// A run of another deployment enters one of these types of states.
        case after(flow: String, deployment: String, states: [StateType])
        /// An event of that name, or one that begins so and has a star at its end.
        ///
        /// - Parameter match: labels of what it is about, with a text or a list of texts each.
        case event(String, match: JSONObject, threshold: Int, within: Duration)
        /// Something is delivered to the hook of that name.
        case hook(String)
        /// A file appears that an agent watches for.
        ///
        /// - Parameters:
        ///   - folder: absolute.
        ///   - name: a glob, in which `*` stands for any text.
        ///   - host: nothing for any host.
        case file(folder: String, name: String, host: String?)
    }

    public var cause: Cause
    /// What it is called among the automations; nothing for a name that is made up.
    public var name: String?
    /// Of the run: texts in it may be templates that know the event.
    public var parameters: JSONObject
    /// How long after that the run is due.
    public var delay: Duration

    public init(_ cause: Cause, name: String? = nil, parameters: JSONObject = [:], delay: Duration = .zero) {
        self.cause = cause
        self.name = name
        self.parameters = parameters
        self.delay = delay
    }
}
