import CCurl

/// One request on its way. Its channel and pipe may be used from anywhere; all else belongs to the loop's thread.
final class Transfer: @unchecked Sendable {
    let channel: ResponseChannel
    let checked: CheckedRequest
    /// There for a streamed body only.
    private(set) var pipe: RequestPipe?
    private var producer: Task<Void, Never>?

    /// nil before the start and after the end.
    private(set) var handle: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var bodyBytes: UnsafeMutableBufferPointer<UInt8>?
    private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    private var headers = HTTPHeaders()
    private var hasHead = false
    private var timesSent = 0
    private var bodyError: (any Error)?
    private var privateAddress: String?
    /// Paused by us; silence is then nobody's fault.
    private var isSenderAsleep = false
    private var isReceiverAsleep = false
    private var idle: IdleWatch

    init(_ checked: CheckedRequest, room: Int, loop: TransferLoop) {
        self.checked = checked
        channel = ResponseChannel(room: room)
        idle = IdleWatch(limit: checked.request.timeouts.idle)
        errorText.initialize(repeating: 0)
        if case .stream = checked.request.body {
            pipe = RequestPipe { [weak self, weak loop] in
                if let self { loop?.submit(.wake(self)) }
            }
        }
    }

    deinit {
        errorText.deallocate()
    }

    // MARK: Beginning and end

    /// Makes the handle and starts the producer of the body; false if libcurl has no memory for it.
    func begin() -> Bool {
        guard let handle = curl_easy_init() else { return false }
        self.handle = handle
        ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText.baseAddress)
        configureConnection(handle)
        configureRequest(handle)
        configureCallbacks(handle)
        if case .stream(let produce) = checked.request.body, let pipe {
            producer = Task {
                do {
                    try await produce(HTTPBodyWriter(pipe: pipe))
                    pipe.finish()
                } catch {
                    pipe.finish(throwing: error)
                }
            }
        }
        return true
    }

    /// Reports the end and gives everything back; the loop has taken the handle out by now.
    func end(_ result: Result<Void, HTTPClientError>) {
        if let handle { curl_easy_cleanup(handle) }
        handle = nil
        curl_slist_free_all(headerList)
        headerList = nil
        bodyBytes?.deallocate()
        bodyBytes = nil
        pipe?.close()
        producer?.cancel()
        channel.end(result)
    }

    /// What libcurl's verdict means.
    func result(of code: CURLcode) -> Result<Void, HTTPClientError> {
        if code == CURLE_OK { return .success(()) }
        if let privateAddress {
            return .failure(.privateHost(url: checked.request.url, address: privateAddress))
        }
        if let bodyError { return .failure(.bodyFailed(bodyError)) }
        if code == CURLE_OPERATION_TIMEDOUT { return .failure(.timedOut(url: checked.request.url, passedLimit)) }
        let detail = errorText.baseAddress.map { String(cString: $0) } ?? ""
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        return .failure(HTTPClientError(code, url: checked.request.url, reason: reason, wasSent: timesSent > 0))
    }

    /// Which of libcurl's two limits has ended the transfer.
    private var passedLimit: HTTPTimeoutKind {
        let timeouts = checked.request.timeouts
        return timesSent == 0 && timeouts.connect <= timeouts.total ?? timeouts.connect ? .connect : .total
    }

    /// Continues what was paused, in both directions.
    func wake(at now: Duration) {
        guard let handle, isSenderAsleep || isReceiverAsleep else { return }
        isSenderAsleep = false
        isReceiverAsleep = false
        idle.restart(at: now)
        curl_easy_pause(handle, CURLPAUSE_CONT)
    }

    /// How long this transfer may stay silent from now on; nil for ever, zero if the limit is passed.
    func idleTimeLeft(at now: Duration) -> Duration? {
        guard let handle, !isSenderAsleep, !isReceiverAsleep else { return nil }
        var sent: curl_off_t = 0
        var received: curl_off_t = 0
        ccurl_get_offset(handle, CURLINFO_SIZE_UPLOAD_T, &sent)
        ccurl_get_offset(handle, CURLINFO_SIZE_DOWNLOAD_T, &received)
        return idle.timeLeft(bytesMoved: sent + received + (hasHead ? 1 : 0) + timesSent, at: now)
    }

    // MARK: Options

    private func configureConnection(_ handle: UnsafeMutableRawPointer) {
        let timeouts = checked.request.timeouts
        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.milliseconds)
        if let total = timeouts.total {
            ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, total.milliseconds)
        }
        // Behind a proxy nobody can tell where the request goes.
        if checked.isLoopback || checked.request.isForPublicHosts || checked.request.unixSocket != nil {
            ccurl_set_text(handle, CURLOPT_NOPROXY, "*")
        }
        if let socket = checked.request.unixSocket {
            ccurl_set_text(handle, CURLOPT_UNIX_SOCKET_PATH, socket)
        }
        if !checked.request.verifiesCertificates {
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
        }
        if pipe != nil {
            // A kept connection may prove dead; a body that is already being consumed could not be sent again.
            ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
        }
    }

    private func configureRequest(_ handle: UnsafeMutableRawPointer) {
        let request = checked.request
        ccurl_set_text(handle, CURLOPT_URL, request.url)
        switch request.body {
        case .none:
            // libcurl would send a POST without a body with no length at all.
            if request.method == .post { setBody([], on: handle) }
        case .bytes(let bytes): setBody(bytes, on: handle)
        case .stream: ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
        }
        if request.method == .head { ccurl_set_long(handle, CURLOPT_NOBODY, 1) }
        ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        for line in checked.headerLines {
            headerList = curl_slist_append(headerList, line) ?? headerList
        }
        ccurl_set_list(handle, CURLOPT_HTTPHEADER, headerList)
        ccurl_set_text(handle, CURLOPT_USERAGENT, checked.userAgent)
        if request.keepsDotSegments { ccurl_set_long(handle, CURLOPT_PATH_AS_IS, 1) }
        authorize(request, on: handle)
    }

    private func authorize(_ request: HTTPRequest, on handle: UnsafeMutableRawPointer) {
        switch request.authorization {
        case .basic(let user, let password):
            ccurl_set_text(handle, CURLOPT_USERNAME, user)
            ccurl_set_text(handle, CURLOPT_PASSWORD, password)
        case .awsV4(let signature):
            ccurl_set_text(handle, CURLOPT_AWS_SIGV4, signature.parameters)
            ccurl_set_text(handle, CURLOPT_USERNAME, signature.accessKey)
            ccurl_set_text(handle, CURLOPT_PASSWORD, signature.secretKey)
        case .bearer, nil: break
        }
    }

    private func setBody(_ bytes: [UInt8], on handle: UnsafeMutableRawPointer) {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        _ = copy.initialize(from: bytes)
        bodyBytes = copy
        ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
        ccurl_set_pointer(handle, CURLOPT_POSTFIELDS, copy.baseAddress)
    }

    // MARK: What libcurl calls

    /// Once before each sending. False ends the transfer: the request must not be sent a second time, or not there.
    func willSend(to address: String) -> Bool {
        if checked.request.isForPublicHosts, !PublicAddress.holds(address) {
            privateAddress = address
            return false
        }
        timesSent += 1
        return timesSent == 1 || checked.request.isRepeatable
    }

    /// A line of the head, its end included; also one of an interim answer (1xx), or of the trailer, which is ignored.
    func receive(headLine line: UnsafeRawBufferPointer) {
        guard !hasHead else { return }
        if line.starts(with: "HTTP/".utf8) {
            headers = HTTPHeaders()
        } else if let field = HTTPHeaders.Field(line: line) {
            headers.add(field.name, field.value)
        } else {
            finishHead()
        }
    }

    private func finishHead() {
        var status = 0
        ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        guard status >= 200 else { return }
        hasHead = true
        channel.receive(HTTPResponseHead(status: status, headers: headers))
    }

    /// False pauses the receiving.
    func receive(body: UnsafeRawBufferPointer) -> Bool {
        isReceiverAsleep = !channel.receive(body)
        return !isReceiverAsleep
    }

    /// In libcurl's terms: a count of bytes, 0 at the end, or a request to pause or to abort.
    func supply(_ target: UnsafeMutableRawBufferPointer) -> Int {
        switch pipe?.read(into: target) {
        case .bytes(let count): return count
        case .end, nil: return 0
        case .empty:
            isSenderAsleep = true
            return Int(CURL_READFUNC_PAUSE)
        case .failed(let error):
            bodyError = error
            return Int(CURL_READFUNC_ABORT)
        }
    }
}
