import Domain
import JSON

/// What automations tell the world outside.
extension ActionPerformer {
    func call(
        _ block: ID<BlockDocument>, _ payload: String, _ triggered: TriggeredAction, _ result: inout ActionResult
    ) async throws {
        let block = try await open(block, &result)
        guard block.type.slug == "webhook", let url = block.data["url"]?.stringValue else {
            throw Failure("The referenced block was not a webhook block")
        }
        var message = OutwardMessage(to: url)
        message.method = block.data["method"]?.stringValue ?? "POST"
        for (name, value) in block.data["headers"]?.objectValue ?? [:] {
            message.headers.append((name, value.stringValue ?? value.serialized()))
        }
        message.allowsPrivateHosts = block.data["allow_private_urls"] != false
        message.verifiesCertificates = block.data["verify"] != false
        message.body = try await writer(for: triggered).text(payload)
        let answer = try await send(message, "Webhook call failed", triggered)
        result.details["status_code"] = answer.status.json
        result.details["response_body"] = .string(String(answer.body.prefix(1000)))
        let shown = answer.headers.filter { !Self.secretHeaders.contains($0.name.lowercased()) }
        result.details["response_headers"] = .object(JSONObject(shown.map { ($0.name, .string($0.value)) }))
        try require(answer, "Webhook call failed")
    }

    private static let secretHeaders: Set = ["set-cookie", "authorization", "www-authenticate", "proxy-authenticate"]

    func notify(
        _ block: ID<BlockDocument>, _ subject: String, _ body: String, _ triggered: TriggeredAction,
        _ result: inout ActionResult
    ) async throws {
        let block = try await open(block, &result)
        guard block.tree.schema.capabilities.contains("notify") else {
            throw Failure("The referenced block was not a notification block")
        }
        let writer = writer(for: triggered)
        let notification = Notification(subject: try await writer.text(subject), body: try await writer.text(body))
        if block.type.slug == "email" {
            let mail = try OutwardMail(
                block.data, subject: notification.subject, body: notification.body, identity: "\(triggered.id)")
            return try await send(mail)
        }
        guard let message = notification.message(by: block.type.slug, block.data) else {
            let known = Notification.knownSlugs.joined(separator: ", ")
            throw Failure(
                "Notification failed: only the Python of '\(block.type.slug)' knows how to send it; this server sends with "
                    + "complete blocks of the types \(known)")
        }
        let answer = try await send(message, "Notification failed", triggered)
        try require(answer, "Notification failed", ["notification_log": .string(String(answer.body.prefix(1000)))])
    }

    /// - Throws: `Failure` unless the message has been taken.
    private func require(_ answer: OutwardAnswer, _ complaint: String, _ details: JSONObject = [:]) throws {
        let retryAfter = answer.headers.first { $0.name.lowercased() == "retry-after" }?.value
        let verdict = DeliveryVerdict(status: answer.status, retryAfter: retryAfter, at: orchestrator.now)
        let reason = "\(complaint): the service answered \(answer.status)"
        switch verdict {
        case .delivered: break
        case .postponed(let wish): throw Failure(reason, details: details, Postponement(wish: wish))
        case .refused: throw Failure(reason, details: details)
        }
    }

    private func send(_ mail: OutwardMail) async throws {
        do {
            try await messenger.send(mail)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Failure("Notification failed: \(error)", error is UnsendableMessage ? nil : Postponement())
        }
    }

    private func open(_ id: ID<BlockDocument>, _ result: inout ActionResult) async throws -> DescribedBlock {
        let block = try await orchestrator.blockDocument(id, revealing: true)
        result.related = [
            EventResource(.block, "\(id)", name: block.document.name, role: "block"),
            EventResource(.blockType, block.type.slug, role: "block-type"),
        ]
        return block
    }

    private func send(
        _ message: OutwardMessage, _ complaint: String, _ triggered: TriggeredAction
    ) async throws -> OutwardAnswer {
        var message = message
        if !message.headers.contains(where: { $0.name.lowercased() == "idempotency-key" }) {
            message.headers.append(("Idempotency-Key", "\(triggered.id)"))
        }
        do {
            return try await messenger.send(message)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Addresses of webhooks are secrets: whoever knows one may send.
            let reason = "\(error)".replacing(message.url, with: message.origin)
            throw Failure("\(complaint): \(reason)", error is UnsendableMessage ? nil : Postponement())
        }
    }
}
