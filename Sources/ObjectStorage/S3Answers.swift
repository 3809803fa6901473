import Domain
import HTTPClient

/// Reads what S3 answers.
enum S3Answers {
    static func page(of body: [UInt8], at place: ObjectPlace) throws(ObjectStorageError) -> PageCollector.Page {
        let root: XMLNode
        do throws(UnreadableXML) {
            root = try XMLNode(parsing: body)
        } catch {
            throw unreadable("\(error.reason), at byte \(error.position)", place)
        }
        guard root.name == "ListBucketResult" else { throw unreadable("it is a '\(root.name)'", place) }
        let isEncoded = root["EncodingType"]?.text == "url"
        var page = PageCollector.Page(objects: [], token: nil)
        for node in root.children where node.name == "Contents" {
            page.objects.append(try object(node, isEncoded: isEncoded, at: place))
        }
        if root["IsTruncated"]?.text == "true" {
            guard let token = root["NextContinuationToken"]?.text, !token.isEmpty else {
                throw unreadable("it is truncated and does not say how to go on", place)
            }
            page.token = token
        }
        return page
    }

    private static func object(
        _ node: XMLNode, isEncoded: Bool, at place: ObjectPlace
    ) throws(ObjectStorageError) -> StoredObject {
        guard
            let text = node["Key"]?.text, let key = isEncoded ? URLText.decode(form: text) : text,
            let size = node["Size"].flatMap({ Int($0.text) }), let tag = node["ETag"]?.text
        else { throw unreadable("an object in it has no key, size or ETag", place) }
        let changed = node["LastModified"].flatMap { Timestamp($0.text) }
        return StoredObject(key: key, revision: unquoted(tag), size: size, changed: changed)
    }

    /// - Parameter size: what was counted; nil for what the head says.
    static func object(
        _ key: String, _ headers: HTTPHeaders, size: Int?, at place: ObjectPlace
    ) throws(ObjectStorageError) -> StoredObject {
        guard let tag = headers["ETag"], let size = size ?? headers["Content-Length"].flatMap(Int.init) else {
            throw unreadable("it has no ETag or no length", place)
        }
        let changed = headers["Last-Modified"].flatMap { Timestamp(httpDate: $0) }
        return StoredObject(key: key, revision: unquoted(tag), size: size, changed: changed)
    }

    /// What an answer other than 200 means.
    static func cause(of head: HTTPResponseHead, _ body: [UInt8]) -> ObjectStorageError.Cause {
        let error = try? XMLNode(parsing: body)
        let code = error?["Code"]?.text ?? ""
        let parts = [code, error?["Message"]?.text ?? ""].filter { !$0.isEmpty }
        let detail = String(parts.joined(separator: ": ").prefix(300))
        let region = head.headers["x-amz-bucket-region"] ?? error?["Region"]?.text
        switch (head.status, code) {
        case (301, _), (307, _), (308, _), (400, "AuthorizationHeaderMalformed"): return .elsewhere(region: region)
        // Where an answer has no body (HEAD), the region alone tells that another one is meant.
        case (400, "") where region != nil: return .elsewhere(region: region)
        case (401, _), (403, _), (400, "ExpiredToken"), (400, "InvalidToken"): return .denied(detail)
        case (404, _): return .missing(detail)
        case (412, _): return .changed
        case (let status, _): return .refused(status: status, detail)
        }
    }

    /// A weak tag counts as another than the strong one of the same text, as it should.
    private static func unquoted(_ tag: String) -> String {
        tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.utf8.count >= 2 ? String(tag.dropFirst().dropLast()) : tag
    }

    private static func unreadable(_ reason: String, _ place: ObjectPlace) -> ObjectStorageError {
        ObjectStorageError(.unreadable(reason), at: place)
    }
}
