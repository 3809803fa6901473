/// An answer in full.
public struct HTTPResponse: Sendable {
    public let head: HTTPResponseHead
    public let body: [UInt8]

    public var status: Int { head.status }
    public var headers: HTTPHeaders { head.headers }
    /// 200 to 299.
    public var isSuccess: Bool { head.isSuccess }
    /// The body as UTF-8, with broken sequences replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// An answer's status and header fields.
public struct HTTPResponseHead: Sendable {
    public let status: Int
    public let headers: HTTPHeaders

    /// 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }
}
