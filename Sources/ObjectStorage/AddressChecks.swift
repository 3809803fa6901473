/// What names and endpoints have to be before they become part of a URL.
enum AddressChecks {
    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)``
    static func bucket(_ place: ObjectPlace) throws(ObjectStorageError) {
        let isName = place.bucket.utf8.allSatisfy { isLetterOrDigit($0) || "-._".utf8.contains($0) }
        guard isName, (1...222).contains(place.bucket.utf8.count), !place.bucket.hasPrefix(".") else {
            throw ObjectStorageError(
                .invalid("'\(place.bucket)' is no name of a bucket; letters, digits, '-', '_' and '.' are"), at: place)
        }
    }

    /// The endpoint without slashes at its end.
    ///
    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)``
    static func endpoint(_ text: String, at place: ObjectPlace) throws(ObjectStorageError) -> String {
        let isWeb = text.hasPrefix("https://") || text.hasPrefix("http://")
        guard isWeb, !text.utf8.contains(where: { "?#@ ".utf8.contains($0) || $0 < 32 }) else {
            throw ObjectStorageError(
                .invalid("the endpoint has to be like https://host:port, without a user and a query"), at: place)
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)``
    static func region(_ text: String, at place: ObjectPlace) throws(ObjectStorageError) {
        guard !text.isEmpty, text.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
            throw ObjectStorageError(.invalid("'\(text)' is no region; one is like eu-west-1"), at: place)
        }
    }

    /// - Throws: ``ObjectStorageError/Cause/invalid(_:)``
    static func key(_ place: ObjectPlace) throws(ObjectStorageError) {
        guard let key = place.key, !key.isEmpty, key.utf8.count <= 1024, !key.utf8.contains(0) else {
            throw ObjectStorageError(.invalid("an object's key has 1 to 1024 bytes"), at: place)
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
