import Domain
import Glibc
import HTTPClient
import ObjectStorage
import Testing

/// Opens a bucket at a time that does not pass.
func open(_ address: BucketAddress, isForPublicHosts: Bool = false) throws(ObjectStorageError) -> any Bucket {
    try ObjectStorageSession(http: HTTPSession(), isForPublicHosts: isForPublicHosts) { .sample }.bucket(at: address)
}

extension Timestamp {
    /// 2026-01-02T03:04:05Z
    static let sample = Timestamp(microseconds: 1_767_323_045_000_000)
}

/// What a failing call has thrown.
func failure(
    _ body: () async throws(ObjectStorageError) -> some Sendable, sourceLocation: SourceLocation = #_sourceLocation
) async -> ObjectStorageError? {
    do throws(ObjectStorageError) {
        let value = try await body()
        Issue.record("it went well: \(value)", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

/// A file that there is not yet, and that goes with this.
final class ScratchFile: Sendable {
    let path: String
    private let folder: String

    init() throws {
        var template = Array("/tmp/sluice-objects-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        path = "\(folder)/file"
    }

    deinit {
        unlink(path)
        rmdir(folder)
    }

    var exists: Bool { access(path, F_OK) == 0 }

    var bytes: [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }
}
