import JSON

/// A message for people, and the requests that Prefect's blocks for notifications bring it to them with.
struct Notification: Sendable {
    let subject: String
    let body: String

    /// What `block` is asked to send; nothing when only the block's own Python knows how.
    ///
    /// - Parameters:
    ///   - slug: the type of the block.
    ///   - data: its data, secrets open.
    func message(by slug: String, _ data: JSONObject) -> OutwardMessage? {
        var message =
            switch slug {
            case "slack-webhook": slack(data)
            case "ms-teams-webhook": teams(data)
            case "discord-webhook": discord(data)
            case "mattermost-webhook": mattermost(data)
            case "pager-duty-webhook": pagerDuty(data)
            case "custom-webhook": custom(data)
            default: OutwardMessage?.none
            }
        if data["allow_private_urls"] == false { message?.allowsPrivateHosts = false }
        return message
    }

    static let knownSlugs = [
        "slack-webhook", "ms-teams-webhook", "discord-webhook", "mattermost-webhook", "pager-duty-webhook",
        "custom-webhook", "email",
    ]

    private var text: String { subject.isEmpty ? body : "*\(subject)*\n\(body)" }

    /// Slack's incoming webhooks.
    private func slack(_ data: JSONObject) -> OutwardMessage? {
        data["url"]?.stringValue.map { OutwardMessage(to: $0, json: ["text": .string(text)]) }
    }

    /// A workflow of Microsoft Teams takes an adaptive card.
    private func teams(_ data: JSONObject) -> OutwardMessage? {
        guard let url = data["url"]?.stringValue else { return nil }
        let lines: [JSONValue] = [
            ["type": "TextBlock", "text": .string(subject), "weight": "bolder", "size": "medium", "wrap": true],
            ["type": "TextBlock", "text": .string(body), "wrap": data["wrap"] ?? true],
        ]
        let card: JSONValue = ["type": "AdaptiveCard", "version": "1.4", "body": .array(lines)]
        return OutwardMessage(
            to: url,
            json: [
                "type": "message",
                "attachments": [["contentType": "application/vnd.microsoft.card.adaptive", "content": card]],
            ])
    }

    private func discord(_ data: JSONObject) -> OutwardMessage? {
        guard let id = data["webhook_id"]?.stringValue, let token = data["webhook_token"]?.stringValue else {
            return nil
        }
        var content: JSONObject = ["content": .string(subject.isEmpty ? body : "**\(subject)**\n\(body)")]
        if let name = data["botname"], !name.isNull { content["username"] = name }
        if data["tts"] == true { content["tts"] = true }
        return OutwardMessage(to: "https://discord.com/api/webhooks/\(id)/\(token)", json: .object(content))
    }

    private func mattermost(_ data: JSONObject) -> OutwardMessage? {
        guard let host = data["hostname"]?.stringValue, let token = data["token"]?.stringValue else { return nil }
        let scheme = data["secure"] == true ? "https" : "http"
        let path = data["path"]?.stringValue.map { "/\($0.split(separator: "/").joined(separator: "/"))" } ?? ""
        var content: JSONObject = ["text": .string(subject.isEmpty ? body : "#### \(subject)\n\(body)")]
        if let name = data["botname"], !name.isNull { content["username"] = name }
        if let channel = data["channels"]?.arrayValue?.first { content["channel"] = channel }
        let port = data["port"]?.intValue ?? 8065
        return OutwardMessage(to: "\(scheme)://\(host):\(port)\(path)/hooks/\(token)", json: .object(content))
    }

    /// PagerDuty's Events API v2.
    private func pagerDuty(_ data: JSONObject) -> OutwardMessage? {
        guard let key = data["integration_key"]?.stringValue else { return nil }
        let severities = ["info": "info", "success": "info", "warning": "warning", "failure": "critical"]
        var payload: JSONObject = [
            "summary": .string(subject.isEmpty ? body : "\(subject): \(body)"),
            "severity": .string(severities[data["notify_type"]?.stringValue ?? ""] ?? "info"),
            "source": data["source"].flatMap { $0.isNull ? nil : $0 } ?? "Prefect",
        ]
        for (name, member) in [("component", "component"), ("group", "group"), ("class_id", "class")] {
            if let value = data[name], !value.isNull { payload[member] = value }
        }
        if let details = data["custom_details"], !details.isNull { payload["custom_details"] = details }
        let host = data["region_name"] == "eu" ? "events.eu.pagerduty.com" : "events.pagerduty.com"
        return OutwardMessage(
            to: "https://\(host)/v2/enqueue",
            json: ["routing_key": .string(key), "event_action": "trigger", "payload": .object(payload)])
    }

    // MARK: - Whatever the user has made up

    private func custom(_ data: JSONObject) -> OutwardMessage? {
        guard let url = data["url"]?.stringValue else { return nil }
        var values = (data["secrets"]?.objectValue ?? [:]).compactMapStrings
        values["subject"] = subject
        values["body"] = body
        values["name"] = data["name"]?.stringValue ?? ""
        let fill = { (value: JSONValue) in Self.fill(value, values) }
        let query = Self.form(fill(data["params"] ?? .null))
        var message = OutwardMessage(
            to: (fill(.string(url)).stringValue ?? url) + (query.isEmpty ? "" : (url.contains("?") ? "&" : "?") + query)
        )
        message.method = data["method"]?.stringValue ?? "POST"
        for (name, value) in fill(data["headers"] ?? .null).objectValue ?? [:] {
            message.headers.append((name, value.stringValue ?? value.serialized()))
        }
        let cookies = (fill(data["cookies"] ?? .null).objectValue ?? [:]).compactMapStrings
        if !cookies.isEmpty {
            message.headers.append(
                ("Cookie", cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")))
        }
        if let json = data["json_data"], !json.isNull {
            message.setBody(fill(json).serialized(), ofType: "application/json")
        } else if let text = data["form_data"]?.stringValue {
            message.body = fill(.string(text)).stringValue ?? ""
        } else if let form = data["form_data"], !form.isNull {
            message.setBody(Self.form(fill(form)), ofType: "application/x-www-form-urlencoded")
        }
        return message
    }

    /// The value with `{{ name }}` replaced in all of its texts.
    private static func fill(_ value: JSONValue, _ values: [String: String]) -> JSONValue {
        switch value {
        case .string(let text): .string(fill(text, values))
        case .array(let elements): .array(elements.map { fill($0, values) })
        case .object(let object): .object(JSONObject(object.map { (fill($0.key, values), fill($0.value, values)) }))
        default: value
        }
    }

    private static func fill(_ text: String, _ values: [String: String]) -> String {
        var (filled, rest) = ("", text[...])
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let name = rest[open.upperBound..<close.lowerBound].filter { !$0.isWhitespace }
            filled += rest[..<open.lowerBound] + (values[name] ?? "")
            rest = rest[close.upperBound...]
        }
        return filled + rest
    }

    /// `name=value&…`, by the rules of HTML's forms.
    private static func form(_ value: JSONValue) -> String {
        (value.objectValue ?? [:]).map { "\(escape($0.key))=\(escape($0.value.stringValue ?? $0.value.serialized()))" }
            .joined(separator: "&")
    }

    private static func escape(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            if byte < 128, character.isLetter || character.isNumber || "-._~".contains(character) {
                return String(character)
            }
            let hex = String(byte, radix: 16, uppercase: true)
            return "%" + (hex.count == 1 ? "0" : "") + hex
        }.joined()
    }
}

extension OutwardMessage {
    fileprivate mutating func setBody(_ text: String, ofType type: String) {
        body = text
        guard !headers.contains(where: { $0.name.lowercased() == "content-type" }) else { return }
        headers.append(("Content-Type", type))
    }
}

extension JSONObject {
    fileprivate var compactMapStrings: [String: String] {
        Dictionary(
            compactMap { key, value in value.stringValue.map { (key, $0) } }, uniquingKeysWith: { first, _ in first })
    }
}
