import Foundation

/// The web interface that comes with Prefect's package, served from where that is installed. None of its files are
/// changed or kept: each is read when a browser asks for it.
public struct PrefectUI: Sendable {
    /// One of its versions: the files of one folder, below one path.
    struct Bundle: Sendable {
        let version: String
        /// Without a slash at its end: empty for the root.
        let base: String
        let folder: String
        /// The files by their paths below `base`, with a slash at the beginning. Nothing else is ever read.
        let files: Set<String>
    }

    /// In the order in which they are looked at: those with the longer paths first.
    let bundles: [Bundle]

    /// What stands in the files for the path that they are served below.
    static let placeholder = "/PREFECT_UI_SERVE_BASE_REPLACE_PLACEHOLDER"

    /// Finds the interface in a folder: in that of Prefect's server (`prefect/server`), in that of the whole package, or
    /// where one version of it is by itself.
    ///
    /// - Throws: `PrefectUIFailure` when there is none.
    public init(directory: String) throws(PrefectUIFailure) {
        let places = [directory, "\(directory)/server", "\(directory)/prefect/server"]
        let known = [("v2", "/v2", "ui-v2"), ("v1", "", "ui")]
        for place in places {
            let found = known.compactMap { version, base, name in
                Bundle(version: version, base: base, folder: "\(place)/\(name)")
            }
            guard found.isEmpty else {
                bundles = found
                return
            }
        }
        guard let alone = Bundle(version: "v1", base: "", folder: directory) else {
            throw PrefectUIFailure(directory: directory)
        }
        bundles = [alone]
    }

    /// The version that a browser is shown that has chosen none.
    var standard: Bundle? { bundles.first }

    func bundle(_ version: String) -> Bundle? { bundles.first { $0.version == version } }

    /// The version that a path belongs to, and the path in it.
    func bundle(at path: String) -> (bundle: Bundle, path: String)? {
        for bundle in bundles where path == bundle.base || path.hasPrefix(bundle.base + "/") {
            let rest = String(path.dropFirst(bundle.base.count))
            return (bundle, rest.isEmpty ? "/" : rest)
        }
        return nil
    }
}

/// A folder in which no interface is.
public struct PrefectUIFailure: Error, CustomStringConvertible {
    let directory: String

    public var description: String {
        "there is no user interface of Prefect's in \(directory): give the folder of its package, such as "
            + "…/site-packages/prefect"
    }
}

extension PrefectUI.Bundle {
    /// Nil where there is no page to begin with.
    fileprivate init?(version: String, base: String, folder: String) {
        let manager = FileManager.default
        guard manager.fileExists(atPath: "\(folder)/index.html") else { return nil }
        let names = (try? manager.subpathsOfDirectory(atPath: folder)) ?? []
        self.init(version: version, base: base, folder: folder, files: Set(names.map { "/\($0)" }))
    }

    /// The content of a file, with its place put in; nil if it cannot be read.
    func read(_ path: String) -> [UInt8]? {
        guard files.contains(path), let data = FileManager.default.contents(atPath: folder + path) else { return nil }
        guard MediaTypes.isText(path), let text = String(data: data, encoding: .utf8) else { return Array(data) }
        guard text.contains(PrefectUI.placeholder) else { return Array(data) }
        return Array(text.replacingOccurrences(of: PrefectUI.placeholder, with: base).utf8)
    }
}

/// What kinds of files browsers are told that they get.
enum MediaTypes {
    private static let byEnding = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml", "json": "application/json", "txt": "text/plain; charset=utf-8", "png": "image/png",
        "ico": "image/x-icon", "woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf",
        "webmanifest": "application/manifest+json", "map": "application/json", "wasm": "application/wasm",
    ]

    static func type(of path: String) -> String {
        byEnding[ending(of: path)] ?? "application/octet-stream"
    }

    /// Whether such a file may say where it is served.
    static func isText(_ path: String) -> Bool {
        ["html", "js", "css", "svg", "json", "txt", "webmanifest"].contains(ending(of: path))
    }

    private static func ending(of path: String) -> String {
        path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    }
}
