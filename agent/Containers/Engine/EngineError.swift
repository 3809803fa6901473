/// Why an engine did not do what it was asked.
public enum EngineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No Unix socket.
    case unfitAddress(String)
    /// Nobody listens there, or nobody who may be asked.
    case unreachable(socket: String, reason: String)
    /// The image is not there, and is not to be fetched.
    case imageMissing(String)
    /// The image could not be fetched.
    case pullFailed(image: String, reason: String)
    /// The registry does not give it to whoever asked.
    case pullRefused(PullRefusal)
    /// The file with logins is not what it should be.
    case registryFile(String, String)
    /// The engine said no, with this status and these words.
    case refused(what: String, status: Int, message: String)
    /// The engine said what nobody can read.
    case unreadable(what: String)

    public var description: String {
        switch self {
        case .unfitAddress(let text):
            "the container engine \(text) is no Unix socket: give one such as unix:///var/run/docker.sock"
        case .unreachable(let socket, let reason):
            "the container engine does not answer on \(socket) (\(reason)): start Docker or Podman there, or name "
                + "another socket with --docker-host"
        case .imageMissing(let image):
            "the engine has no image \(image), and it is not to be fetched (pull: never): load it there, or let it be "
                + "fetched with pull: missing"
        case .pullFailed(let image, let reason): "the image \(image) could not be fetched: \(reason)"
        case .pullRefused(let refusal): refusal.description
        case .registryFile(let path, let reason):
            "the file of logins at registries \(path) is of no use: \(reason); make one with 'docker login' or 'podman login', "
                + "and name it with --registry-auth"
        case .refused(let what, let status, let message):
            "the container engine refused to \(what): \(message) (status \(status))"
        case .unreadable(let what): "the container engine's answer could not be read (\(what))"
        }
    }
}
