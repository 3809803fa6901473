import CCurl

extension Transfer {
    /// Has libcurl call this transfer. The pointer is not retained: the loop keeps a transfer as long as its handle.
    func configureCallbacks(_ handle: UnsafeMutableRawPointer) {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_PREREQDATA, CURLOPT_PRIVATE] {
            ccurl_set_pointer(handle, option, pointer)
        }
        ccurl_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, pointer in
            guard let transfer = Transfer.at(pointer) else { return 0 }
            let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return transfer.receive(body: body) ? body.count : Int(CURL_WRITEFUNC_PAUSE)
        }
        ccurl_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, pointer in
            guard let transfer = Transfer.at(pointer) else { return 0 }
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            transfer.receive(headLine: line)
            return line.count
        }
        if pipe != nil {
            ccurl_set_data_callback(handle, CURLOPT_READFUNCTION) { bytes, size, count, pointer in
                guard let transfer = Transfer.at(pointer) else { return Int(CURL_READFUNC_ABORT) }
                return transfer.supply(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            }
        }
        ccurl_set_send_callback(handle) { pointer, address, _, _, _ in
            let address = address.map { String(cString: $0) } ?? ""
            return Transfer.at(pointer)?.willSend(to: address) == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension HTTPClientError {
    /// - Parameter wasSent: whether the request has left us at least once; a failure after that leaves open what the
    ///   server did.
    init(_ code: CURLcode, url: String, reason: String, wasSent: Bool) {
        self =
            switch code {
            case CURLE_URL_MALFORMAT where !wasSent: .invalidURL(url, reason: reason)
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
                CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_ENGINE_NOTFOUND,
                CURLE_SSL_ENGINE_SETFAILED, CURLE_USE_SSL_FAILED, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CLIENTCERT:
                .tls(url: url, reason: reason)
            default: wasSent ? .interrupted(url: url, reason: reason) : .unreachable(url: url, reason: reason)
            }
    }
}
