public import JSON

/// Which fields of a block are secret, by their paths: `token`, `credentials.password`, `headers.*` for everything in
/// `headers`.
public struct SecretFields: Sendable, Hashable {
    /// What is shown in place of a secret.
    public static let mask: JSONValue = "********"

    private let paths: [[String]]

    /// - Parameter paths: names that are joined by dots.
    public init(_ paths: [String]) {
        self.paths = paths.map { $0.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }
    }

    /// Whether the field is secret as a whole.
    public func hold(_ field: String) -> Bool { paths.contains([field]) }

    /// The data with their secrets masked.
    ///
    /// (A secret that is an object is shown, unless its path ends with `*`: so it is in Prefect's API.)
    public func masking(_ data: JSONObject) -> JSONObject {
        mapLeaves(data) { path, value in
            switch rule(for: path) {
            case .exact where !value.isNull: Self.mask
            case .below: Self.mask
            default: value
            }
        }
    }

    /// Data that somebody sends who may have seen only what masking left of `current`: what is masked stays what it is.
    public func restoring(_ data: JSONObject, from current: JSONObject) -> JSONObject {
        guard !paths.isEmpty else { return data }
        return mapLeaves(data) { path, value in
            guard value == Self.mask, rule(for: path) != nil, let former = Self.leaf(at: path, in: current) else {
                return value
            }
            return former.isNull ? value : former
        }
    }

    private enum Rule { case exact, below }

    private func rule(for path: [String]) -> Rule? {
        if paths.contains(path) { return .exact }
        let isBelow = paths.contains { secret in
            guard let star = secret.firstIndex(of: "*") else { return false }
            return path.count >= star && path.starts(with: secret[..<star])
        }
        return isBelow ? .below : nil
    }

    private func mapLeaves(
        _ object: JSONObject, at path: [String] = [], _ change: ([String], JSONValue) -> JSONValue
    ) -> JSONObject {
        guard !paths.isEmpty else { return object }
        return JSONObject(
            object.map { key, value in
                let inner = path + [key]
                guard case .object(let members) = value, !members.isEmpty else { return (key, change(inner, value)) }
                return (key, .object(mapLeaves(members, at: inner, change)))
            })
    }

    private static func leaf(at path: [String], in object: JSONObject) -> JSONValue? {
        var value = JSONValue.object(object)
        for key in path {
            guard let member = value[key] else { return nil }
            value = member
        }
        if case .object(let members) = value, !members.isEmpty { return nil }
        return value
    }
}
