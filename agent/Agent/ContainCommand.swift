import Containers
import Glibc
import JSON

/// `sluice-agent contain FILE`: what the agent starts to make and watch a container. Not for people, so no part of the
/// help.
enum ContainCommand {
    static let name = "contain"

    /// - Returns: The exit code: 0 when the outcome is written down.
    static func run(_ arguments: [String]) async -> Int32 {
        guard let path = arguments.first, let bytes = SmallFile.read(path) else { return fail("no order to read") }
        do {
            let order = try ContainerOrder(reading: JSONReader(JSONValue(parsing: bytes)))
            let run = try ContainerRun(order)
            EndSignals.watch(isPatient: true) { run.stop() }
            let outcome = await run.run()
            return SmallFile.write(outcome.json.serialized(), to: order.outcomePath)
                ? 0 : fail("no room for the outcome")
        } catch {
            return fail("\(error)")
        }
    }

    private static func fail(_ reason: String) -> Int32 {
        let text = Array("sluice-agent contain: \(reason)\n".utf8)
        _ = text.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        return 70
    }
}
