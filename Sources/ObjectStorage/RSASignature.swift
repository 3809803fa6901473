import COpenSSL

/// Signs with RSA. OpenSSL does it, which libcurl brings in any case; libsodium has no RSA.
enum RSASignature {
    /// The signature of a text's SHA-256 by PKCS #1, version 1.5; nil if the key is not one of RSA in PEM.
    static func sha256(of text: String, privateKey: String) -> [UInt8]? {
        guard let key = key(privateKey) else { return nil }
        defer { EVP_PKEY_free(key) }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else { return nil }
        let message = Array(text.utf8)
        var length = 0
        guard EVP_DigestSign(context, nil, &length, message, message.count) == 1 else { return nil }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { return nil }
        return Array(signature[..<length])
    }

    private static func key(_ pem: String) -> OpaquePointer? {
        let bytes = Array(pem.utf8)
        // The memory is read before `bytes` goes.
        return bytes.withUnsafeBytes { bytes in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(source) }
            // Without a function of ours it would ask for the pass phrase at the terminal.
            return PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil)
        }
    }
}
