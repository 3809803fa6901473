/// Why something could not be read from a store. No text in it holds a key.
public struct ObjectStorageError: Error, Sendable {
    /// What went wrong.
    public enum Cause: Sendable, Hashable {
        /// The store does not let us, with what it says to that.
        case denied(String)
        /// There is no such bucket or object, with what the store says to that.
        case missing(String)
        /// The bucket is in another region, if that is known.
        case elsewhere(region: String?)
        /// The object's revision is not the one that was asked for.
        case changed
        /// There is more of it than so many bytes.
        case tooLarge(limit: Int)
        /// There was no answer, or not all of one.
        case unreachable(String)
        /// The host's address is one of a private network, and only public ones are asked.
        case privateHost(String)
        /// Another answer than the ones above.
        case refused(status: Int, String)
        /// An answer that is not what the store's language says.
        case unreadable(String)
        /// The address or the keys cannot be used.
        case invalid(String)
        /// The file could not be written.
        case file(path: String, reason: String)
        /// The calling task was cancelled.
        case cancelled
    }

    public let cause: Cause
    /// As `s3://bucket/key at https://endpoint`.
    public let place: String

    init(_ cause: Cause, at place: ObjectPlace) {
        self.cause = cause
        self.place = place.description
    }

    /// Whether the same may go well a little later.
    public var isTransient: Bool {
        switch cause {
        case .unreachable: true
        case .refused(let status, _): status == 408 || status == 429 || status >= 500
        case .denied, .missing, .elsewhere, .changed, .tooLarge, .privateHost, .unreadable, .invalid, .file, .cancelled:
            false
        }
    }
}

extension ObjectStorageError: CustomStringConvertible {
    public var description: String {
        switch cause {
        case .denied(let detail):
            "\(place) may not be read\(Self.quoted(detail)); check the keys, and that they may list the bucket and get its "
                + "objects"
        case .missing(let detail):
            "\(place) does not exist\(Self.quoted(detail)); check the names of the bucket and the object, and the endpoint"
        case .elsewhere(let region?): "\(place) is in another region; set region: \(region)"
        case .elsewhere(nil): "\(place) is in another region, or at another endpoint; set region or endpoint"
        case .changed: "\(place) has changed since its revision was read; read it again"
        case .tooLarge(let limit): "\(place) has more than the \(limit) bytes that are taken"
        case .unreachable(let reason): "\(place) cannot be read: \(reason)"
        case .privateHost(let address):
            "\(place) is at \(address), which is no public address, and only public hosts may be asked"
        case .refused(let status, let detail):
            "\(place) cannot be read: the store answers \(status)\(Self.quoted(detail))"
        case .unreadable(let reason):
            "\(place) cannot be read: the answer is not one of an object store (\(reason)); check the endpoint"
        case .invalid(let reason): "\(place) cannot be asked: \(reason)"
        case .file(let path, let reason): "\(place) cannot be written to \(path): \(reason)"
        case .cancelled: "reading \(place) was cancelled"
        }
    }

    private static func quoted(_ detail: String) -> String { detail.isEmpty ? "" : " (\(detail))" }
}

/// What is asked where, to be told in errors.
struct ObjectPlace: Sendable, CustomStringConvertible {
    /// `s3` or `gs`.
    var scheme: String
    var bucket: String
    var key: String?
    var endpoint: String

    var description: String {
        "\(scheme)://\(bucket)\(key.map { "/\($0)" } ?? "") at \(endpoint)"
    }

    func with(key: String) -> ObjectPlace {
        var place = self
        place.key = key
        return place
    }
}
