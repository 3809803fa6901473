import ArgumentParser
import JSON

/// What a command is to change of something.
enum Changes {
    /// - Throws: `CommandFailure` when nothing is to be changed: nobody means that.
    static func check(_ body: JSONObject) throws {
        guard !body.isEmpty else {
            throw CommandFailure.usage("nothing to change was given; --help lists what can be")
        }
    }
}
