import CCurl

/// A request that libcurl can be given: the URL parsed, the header fields valid.
struct CheckedRequest: Sendable {
    let request: HTTPRequest
    /// Lines in libcurl's form: a field without a value ends in a semicolon, and a bare `Name:` keeps libcurl from
    /// adding a field of its own: the `100-continue` that it would wait a second for, the content type of a web form.
    let headerLines: [String]
    /// Where it stands in no header line, since it is not to be signed: a proxy may change it.
    let userAgent: String?
    /// Whether the host is this machine by name or number: no proxy has any business there.
    let isLoopback: Bool

    init(_ request: HTTPRequest, userAgent: String) throws(HTTPClientError) {
        self.request = request
        isLoopback = Self.isLoopback(try Self.host(of: request.url))
        var headers = request.headers
        let agent = headers["User-Agent"] ?? userAgent
        // Every header line is signed, and so one that only keeps libcurl from adding a field must not be there.
        var unwanted = ["Expect", "Content-Type"]
        switch request.authorization {
        case .awsV4(let signature):
            headers["User-Agent"] = nil
            Self.addFields(of: signature, for: request.body, to: &headers)
            unwanted = []
        case .bearer(let token):
            headers["User-Agent"] = agent
            headers["Authorization"] = "Bearer \(token)"
        case .basic, nil: headers["User-Agent"] = agent
        }
        self.userAgent = headers["User-Agent"] == nil ? agent : nil
        if let broken = headers.fields.first(where: { !$0.isValid }) {
            throw .invalidHeader(name: broken.name)
        }
        headerLines =
            headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
            + unwanted.filter { headers[$0] == nil }.map { "\($0):" }
    }

    private static func addFields(of signature: AWSSignature, for body: HTTPBody, to headers: inout HTTPHeaders) {
        headers["X-Amz-Content-Sha256"] = AWSSignature.digest(of: body)
        if let token = signature.sessionToken { headers["X-Amz-Security-Token"] = token }
        if case .none = body { return }
        headers["Content-Type"] = headers["Content-Type"] ?? "application/octet-stream"
    }

    private static func host(of url: String) throws(HTTPClientError) -> String {
        guard !url.utf8.contains(0) else { throw .invalidURL(url, reason: "it holds a zero byte") }
        guard let handle = curl_url() else { throw .invalidURL(url, reason: "there is no memory to read it") }
        defer { curl_url_cleanup(handle) }
        let code = curl_url_set(handle, CURLUPART_URL, url, 0)
        guard code == CURLUE_OK else { throw .invalidURL(url, reason: String(cString: curl_url_strerror(code))) }
        let scheme = part(CURLUPART_SCHEME, of: handle)
        guard scheme == "http" || scheme == "https" else {
            throw .invalidURL(url, reason: "its scheme is neither http nor https")
        }
        guard let host = part(CURLUPART_HOST, of: handle), !host.isEmpty else {
            throw .invalidURL(url, reason: "it names no host")
        }
        return host
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    private static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        let isIPv4 = host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 46 || (48...57).contains($0) }
        return isIPv4 || host == "[::1]" || host == "localhost" || host.hasSuffix(".localhost")
    }
}
