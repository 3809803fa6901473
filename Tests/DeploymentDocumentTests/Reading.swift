@testable import DeploymentDocument

/// The deployments of a document.
func read(_ text: String, folder: String = ".") throws -> [DeploymentDefinition] {
    try DocumentReader.read(text: text, file: "sluice.yaml", folder: folder)
}

/// What is wrong with a document, as `LINE:COLUMN message`.
func problems(_ text: String, folder: String = ".") -> [String] {
    do {
        _ = try read(text, folder: folder)
        return []
    } catch let invalid as InvalidDocument {
        return invalid.problems.map { "\($0.place.line):\($0.place.column) \($0.message)" }
    } catch {
        return ["\(error)"]
    }
}

/// A document that is sound but for what is added to it, from line 4 on.
func document(_ more: String) -> String {
    "flow: etl\nname: daily\ncommand: [sh, run.sh]\n\(more)\n"
}
