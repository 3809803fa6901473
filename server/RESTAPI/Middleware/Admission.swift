import Orchestration

/// Decides who may call the API: where there is an auth string, whoever shows it, and attempts under way; else everybody.
struct Admission: Sendable {
    private let orchestrator: Orchestrator
    private let authString: AuthString?

    init(orchestrator: Orchestrator, authString: AuthString?) {
        self.orchestrator = orchestrator
        self.authString = authString
    }

    /// Whether there is anything to show.
    var isGuarded: Bool { authString != nil }

    /// Which attempt it is that calls; nothing for anybody else.
    ///
    /// - Parameter token: what the caller shows, as the password string of Basic authentication, as a key, or over a
    ///   WebSocket.
    /// - Throws: `Unauthorized`, `OrchestrationError.refusedSpeaker`.
    func speaker(showing token: String?) async throws -> AttemptName? {
        guard let authString else { return try orchestrator.speaker(of: token) }
        guard let token, !token.isEmpty else { throw Unauthorized(showsNothing: true) }
        guard !authString.isSame(as: token) else { return nil }
        guard let speaker = try? orchestrator.speaker(of: token) else { throw Unauthorized(showsNothing: false) }
        // A credential that somebody finds later opens no door.
        try await orchestrator.requireLiving(speaker)
        return speaker
    }
}

/// Somebody calls who may not.
struct Unauthorized: Error {
    let showsNothing: Bool
}
