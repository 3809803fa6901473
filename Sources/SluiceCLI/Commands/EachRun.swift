import APIClient
import JSON

/// Does the same with each of several runs; one for which it cannot be done does not keep it from the others.
struct EachRun {
    let texts: [String]

    init(_ texts: [String]) { self.texts = texts }

    /// - Returns: what was answered for those that it worked for, and whether there were others.
    func perform(
        _ connection: APIConnection, _ console: Console, _ body: (RunResource) async throws -> JSONValue
    ) async throws -> (answers: [JSONValue], hasFailed: Bool) {
        var answers: [JSONValue] = []
        var hasFailed = false
        for text in texts {
            do {
                answers.append(try await body(try await connection.run(meant: text)))
            } catch APIError.refused(let status, let detail) where status != 503 {
                hasFailed = true
                console.note("sluice: \(text): \(detail)")
            } catch let failure as CommandFailure where failure.code == .failed {
                hasFailed = true
                console.note("sluice: \(failure)")
            }
        }
        return (answers, hasFailed)
    }
}
