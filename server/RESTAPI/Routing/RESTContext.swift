import Hummingbird
import NIOCore
import Orchestration

/// What is known of a request beside itself.
struct RESTContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection that it came on.
    let channel: any Channel
    /// The attempt that makes the request, if one does.
    var speaker: AttemptName?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
