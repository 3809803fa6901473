import Domain
import HTTPTypes
import Hummingbird
import Orchestration

/// Knows which attempt makes a request, by the credential that it shows as Prefect's clients do, and refuses what an
/// attempt says that has ended. Requests without such a credential pass.
struct SpeakerCheck: RouterMiddleware {
    typealias Context = RESTContext

    let orchestrator: Orchestrator

    func handle(
        _ request: Request, context: RESTContext, next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.speaker = try orchestrator.speaker(of: request.headers[.authorization].flatMap(Self.token))
        // Who only asks changes nothing.
        if request.method != .get, request.method != .head { try await orchestrator.requireLiving(context.speaker) }
        return try await next(request, context)
    }

    /// What stands behind `Bearer`, or as text behind `Basic`.
    private static func token(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return switch parts[0].lowercased() {
        case "bearer": String(parts[1])
        case "basic": Radix64Text.text(parts[1])
        default: nil
        }
    }
}

/// RFC 4648 §4.
enum Radix64Text {
    /// The text that is encoded; nothing for what encodes none.
    static func text(_ encoded: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var (bits, count) = (0 as UInt32, 0)
        for character in encoded.utf8.prefix(while: { $0 != UInt8(ascii: "=") }) {
            guard let value = value(of: character) else { return nil }
            (bits, count) = (bits << 6 | value, count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
