import Domain
import JSON

/// Reads what Google's JSON API answers.
enum GoogleAnswers {
    static func page(of body: [UInt8], at place: ObjectPlace) throws(ObjectStorageError) -> PageCollector.Page {
        let answer = try value(of: body, at: place)
        var page = PageCollector.Page(objects: [], token: answer["nextPageToken"]?.stringValue)
        for item in answer["items"]?.arrayValue ?? [] {
            page.objects.append(try object(item, at: place))
        }
        return page
    }

    static func object(of body: [UInt8], at place: ObjectPlace) throws(ObjectStorageError) -> StoredObject {
        try object(try value(of: body, at: place), at: place)
    }

    private static func object(_ item: JSONValue, at place: ObjectPlace) throws(ObjectStorageError) -> StoredObject {
        guard
            let key = item["name"]?.stringValue, let generation = item["generation"]?.stringValue,
            // Whole numbers of 64 bits are texts in this API.
            let size = item["size"]?.stringValue.flatMap(Int.init) ?? item["size"]?.intValue
        else { throw ObjectStorageError(.unreadable("an object in it has no name, generation or size"), at: place) }
        let changed = item["updated"]?.stringValue.flatMap { Timestamp($0) }
        return StoredObject(key: key, revision: generation, size: size, changed: changed)
    }

    private static func value(of body: [UInt8], at place: ObjectPlace) throws(ObjectStorageError) -> JSONValue {
        guard let value = try? JSONValue(parsing: body), case .object = value else {
            throw ObjectStorageError(.unreadable("it is no JSON object"), at: place)
        }
        return value
    }

    /// What an answer other than 200 means.
    static func cause(of status: Int, _ body: [UInt8]) -> ObjectStorageError.Cause {
        let message = (try? JSONValue(parsing: body))?["error"]?["message"]?.stringValue
        let detail = String((message ?? "").prefix(300))
        switch status {
        case 401, 403: return .denied(detail)
        case 404: return .missing(detail)
        case 412: return .changed
        default: return .refused(status: status, detail)
        }
    }
}
