import Glibc
import Synchronization
import TestSupport
import Testing

@testable import HTTPClient

@Suite struct MailTests {
    private static func message(
        to recipients: [String] = ["Ann Ä. <ann@example.org>", "bob@example.org"], subject: String = "It's done",
        text: String = "Hello"
    ) throws -> MailMessage {
        MailMessage(
            from: try #require(MailAddress("Sluice <sluice@example.org>")),
            to: try recipients.map { try #require(MailAddress($0)) }, subject: subject, text: text,
            identity: "01a1fbdd-5e19", seconds: 1_795_305_690)
    }

    private static func lines(_ message: MailMessage) -> [String] {
        String(decoding: message.bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test func aMessageIsWrittenAsTheStandardsHaveIt() throws {
        #expect(
            Self.lines(try Self.message()) == [
                "Date: Sun, 22 Nov 2026 00:01:30 +0000", "From: Sluice <sluice@example.org>",
                "To: =?utf-8?B?QW5uIMOELg==?= <ann@example.org>,", " bob@example.org", "Subject: It's done",
                "Message-ID: <01a1fbdd-5e19@example.org>", "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
                "Auto-Submitted: auto-generated", "", "SGVsbG8=", "",
            ])
    }

    /// Python's `email` made these.
    @Test(arguments: [
        (Int64(0), "Thu, 1 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 +0000"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 +0000"),
    ])
    func dates(_ seconds: Int64, _ text: String) { #expect(MailDate.text(seconds) == text) }

    @Test(arguments: [
        "x\r\nBcc: everybody@example.org", "x\nBcc: y", "=?utf-8?Q?x?=", "ünï", "\u{0}",
        String(repeating: "ä😀", count: 90),
        String(repeating: "x", count: 3000),
    ])
    func nothingBreaksOutOfASubject(_ subject: String) throws {
        let lines = Self.lines(try Self.message(subject: subject))
        let head = lines.prefix { !$0.isEmpty }
        #expect(head.filter { !$0.hasPrefix(" ") }.count == 9)
        #expect(head.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { (32..<127).contains($0) } })
        let words = head.drop { !$0.hasPrefix("Subject:") }.dropFirst(0).prefix {
            $0.hasPrefix("Subject:") || $0.hasPrefix(" ")
        }
        let decoded = words.joined().split(separator: " ").dropFirst().map { word in
            Self.decoded(word.dropFirst("=?utf-8?B?".count).dropLast(2))
        }
        #expect(String(decoding: decoded.joined(), as: UTF8.self) == subject)
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var (bits, count, bytes) = (0, 0, [UInt8]())
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { continue }
            (bits, count) = ((bits << 6 | value) & 0xFFFF, count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }

    /// RFC 4648 §10.
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(_ text: String, _ encoded: String) {
        #expect(String(decoding: Radix64.text(of: Array(text.utf8)), as: UTF8.self) == encoded)
    }

    @Test(arguments: [
        "", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x@y>", "x <a@b>, y", "a@b,c@d", "\"a\"@b",
    ])
    func whatIsNoAddressIsRefused(_ text: String) { #expect(MailAddress(text) == nil) }

    // MARK: - To a server

    @Test func aServerTakesAMessage() async throws {
        let sink = try MailSink()
        var server = MailServer(host: "127.0.0.1", port: sink.port, security: .none)
        // A line of one dot ends nothing.
        try await server.send(try Self.message(text: "a\n.\nb"), patience: .seconds(20))
        #expect(sink.commands.contains { $0.hasPrefix("MAIL FROM:<sluice@example.org>") })
        #expect(
            sink.commands.filter { $0.hasPrefix("RCPT") } == ["RCPT TO:<ann@example.org>", "RCPT TO:<bob@example.org>"])
        let body = try #require(sink.messages.first?.split(separator: "\r\n\r\n", maxSplits: 1).last)
        #expect(Self.decoded(body) == Array("a\r\n.\r\nb".utf8))
        (server.user, server.password) = ("u", "p")
        try await server.send(try Self.message(), patience: .seconds(20))
        // RFC 4616: NUL u NUL p.
        #expect(sink.commands.contains("AUTH PLAIN AHUAcA==") || sink.commands.contains("AHUAcA=="))
    }

    @Test(arguments: [("450 later", true), ("550 nobody", false)])
    func aServerRefuses(_ reply: String, _ isPassing: Bool) async throws {
        let sink = try MailSink(recipientReply: reply)
        let failure = await #expect(throws: MailFailure.self) {
            try await MailServer(host: "127.0.0.1", port: sink.port, security: .none).send(
                try Self.message(), patience: .seconds(20))
        }
        #expect(
            failure?.isPassing == isPassing && failure?.description.contains("127.0.0.1") == true, "\(failure as Any)")
        #expect(sink.messages.isEmpty)
    }

    @Test func withoutTLSNothingIsSaidWhereItIsWanted() async throws {
        let sink = try MailSink()
        var server = MailServer(host: "127.0.0.1", port: sink.port, security: .startTLS, user: "u", password: "p")
        await #expect(throws: MailFailure.self) { try await server.send(try Self.message(), patience: .seconds(20)) }
        #expect(!sink.commands.contains { $0.hasPrefix("MAIL") || $0.hasPrefix("AUTH") })
        server.host = "a/b"
        await #expect(throws: MailFailure.self) { try await server.send(try Self.message(), patience: .seconds(20)) }
    }

    @Test func nobodyIsThere() async throws {
        let closed = try ClosedPort()
        let failure = await #expect(throws: MailFailure.self) {
            try await MailServer(host: "127.0.0.1", port: closed.port, security: .none).send(
                try Self.message(), patience: .seconds(20))
        }
        #expect(failure?.isPassing == true)
    }
}

/// A mail server that keeps what it is given.
private final class MailSink: Sendable {
    let port: Int
    private let listener: Int32
    private let heard: Heard

    private final class Heard: Sendable {
        let lines = Mutex<(commands: [String], messages: [String])>(([], []))
    }

    var commands: [String] { heard.lines.withLock(\.commands) }
    var messages: [String] { heard.lines.withLock(\.messages) }

    init(recipientReply: String = "250 ok") throws {
        (listener, port) = try listen()
        let (listener, heard) = (listener, Heard())
        self.heard = heard
        startThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                Self.talk(over: connection, heard, recipientReply)
                close(connection)
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func talk(over connection: Int32, _ heard: Heard, _ recipientReply: String) {
        let reader = SocketReader(descriptor: connection)
        func say(_ text: String) { _ = write(connection, text + "\r\n", text.utf8.count + 2) }
        say("220 sink")
        while let command = reader.line() {
            heard.lines.withLock { $0.commands.append(command) }
            switch command.prefix(4) {
            case "EHLO": say("250-sink\r\n250 AUTH PLAIN")
            case "RCPT": say(recipientReply)
            case "DATA":
                say("354 go on")
                var message = ""
                while let line = reader.line(), line != "." {
                    message += (line.hasPrefix(".") ? String(line.dropFirst()) : line) + "\r\n"
                }
                heard.lines.withLock { $0.messages.append(message) }
                say("250 kept")
            case "AUTH" where command == "AUTH PLAIN": say("334 ")
            case "AUTH", "AHUA": say("235 welcome")
            case "QUIT":
                say("221 bye")
                return
            default: say("250 ok")
            }
        }
    }
}
