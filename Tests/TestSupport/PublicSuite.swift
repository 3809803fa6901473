import Foundation

/// A public test suite that `scripts/setup suites` has fetched.
public struct PublicSuite: Sendable {
    /// Of JSON: texts that a parser must read (`y_`), must refuse (`n_`), or may do either with (`i_`).
    public static let json = PublicSuite(name: "json")
    /// Of JSON Schema: schemas with values that are valid and values that are not.
    public static let jsonSchema = PublicSuite(name: "json-schema")

    private let folder: URL

    /// The root of the repository that these tests were built from.
    public static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private init(name: String) {
        folder = Self.repository.appending(path: ".build/suites/\(name)")
    }

    /// The suite is not there.
    public struct Missing: Error, CustomStringConvertible {
        let folder: URL
        public var description: String { "no test suite in \(folder.path): run `scripts/setup suites`" }
    }

    /// The paths of the JSON files in a subfolder and, if so wanted, in all that it has; in order, relative to it.
    public func files(in subfolder: String = "", recursively: Bool = false) throws -> [String] {
        let place = folder.appending(path: subfolder)
        let manager = FileManager.default
        let names =
            try? recursively
            ? manager.subpathsOfDirectory(atPath: place.path) : manager.contentsOfDirectory(atPath: place.path)
        guard let names else { throw Missing(folder: folder) }
        return names.filter { $0.hasSuffix(".json") }.sorted()
    }

    public func contents(of path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: path)))
    }
}
