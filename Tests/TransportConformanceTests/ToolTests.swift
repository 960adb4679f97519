import GRPCCore
import SallyportTransport
import SallyportTransportTestSupport
import Testing

/// Command-line tools that nobody here wrote, against our listener.
@Suite(.timeLimit(.minutes(2)))
struct ToolTests {
  private func withListener(
    _ body: @escaping @Sendable (Int, IdentityFolder) async throws -> Void
  ) async throws {
    let identities = try TestIdentities()
    let folder = try IdentityFolder(identities)
    try await withServer(.conformance, identities: identities) { _, port in
      try await body(port, folder)
    }
  }

  private func openssl(
    _ port: Int, _ folder: IdentityFolder, _ arguments: [String], certificate: Bool = true
  ) async throws -> Command {
    var command = [
      "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "gateway.test",
      "-CAfile", "\(folder.path)/root.pem", "-ign_eof",
    ]
    if certificate {
      command += ["-cert", "\(folder.path)/client.pem", "-key", "\(folder.path)/client.key"]
    }
    // Not HTTP/2: where TLS lets it through, HTTP/2 ends the connection.
    return try await Command.run(command + arguments, input: "hello\r\n\r\n")
  }

  @Test func aGoodHandshakeIsTLS13WithH2() async throws {
    try await withListener { port, folder in
      let result = try await openssl(port, folder, ["-alpn", "h2"])
      #expect(result.output.contains("ALPN protocol: h2"), "\(result.output)")
      #expect(result.output.contains("TLSv1.3"))
      #expect(result.output.contains("Verify return code: 0 (ok)"))
      #expect(result.output.contains("Compression: NONE"))
    }
  }

  @Test func theChainIsShownAsItIsConfiguredAndNotTheRoot() async throws {
    try await withListener { port, folder in
      let result = try await openssl(port, folder, ["-alpn", "h2", "-showcerts"])
      #expect(result.output.split(separator: "BEGIN CERTIFICATE").count == 2, "\(result.output)")
    }
  }

  @Test func whatTheListenerDoesNotSpeakIsRefused() async throws {
    try await withListener { port, folder in
      for arguments in [
        ["-tls1_2"], ["-alpn", "http/1.1"], ["-alpn", "grpc-exp"], [],
      ] as [[String]] {
        let result = try await openssl(port, folder, arguments)
        let said = result.output + result.errorOutput
        #expect(result.status != 0, "\(arguments): \(said)")
        #expect(said.contains("alert") || said.contains("errno"), "\(arguments): \(said)")
      }
    }
  }

  @Test func noCertificateIsRefused() async throws {
    try await withListener { port, folder in
      let result = try await openssl(port, folder, ["-alpn", "h2"], certificate: false)
      let said = result.output + result.errorOutput
      #expect(said.contains("certificate required"), "\(said)")
    }
  }

  @Test func nghttpGetsAnswers() async throws {
    try await withListener { port, folder in
      let frame = try folder.write("\0\0\0\0\u{5}hello", "message")
      let result = try await Command.run([
        "nghttp", "--no-verify-peer", "--cert", "\(folder.path)/client.pem", "--key",
        "\(folder.path)/client.key", "-v", "-d", frame, "-H", "content-type: application/grpc",
        "-H", "te: trailers", "https://127.0.0.1:\(port)/test.Echo/Echo",
      ])
      #expect(result.status == 0, "\(result.errorOutput)")
      for expected in [
        ":status: 200", "content-type: application/grpc", "grpc-status: 0", "hello",
      ] {
        #expect(result.output.contains(expected), "\(expected): \(result.output)")
      }
    }
  }

  @Test func nghttpIsRefusedWhereItIsNotGRPC() async throws {
    try await withListener { port, folder in
      for (arguments, status) in [
        ([], "405"), (["-d", "\(folder.path)/root.pem"], "415"),
      ] as [([String], String)] {
        let result = try await Command.run(
          [
            "nghttp", "--no-verify-peer", "--cert", "\(folder.path)/client.pem", "--key",
            "\(folder.path)/client.key", "-v",
          ] + arguments + ["https://127.0.0.1:\(port)/test.Echo/Echo"])
        #expect(result.output.contains(":status: \(status)"), "\(result.output)")
      }
    }
  }

  /// Hundreds of streams on one connection, as fast as nghttp can send them.
  @Test func nghttpUnderLoad() async throws {
    try await withListener { port, folder in
      let frame = try folder.write("\0\0\0\0\u{5}hello", "message")
      let result = try await Command.run([
        "nghttp", "--no-verify-peer", "--cert", "\(folder.path)/client.pem", "--key",
        "\(folder.path)/client.key", "-s", "-n", "-m", "500", "-d", frame, "-H",
        "content-type: application/grpc", "-H", "te: trailers",
        "https://127.0.0.1:\(port)/test.Echo/Echo",
      ])
      #expect(result.status == 0, "\(result.errorOutput)")
      let answered = result.output.split(separator: "\n").filter { $0.contains(" 200 ") }
      #expect(answered.count == 500, "\(result.output.suffix(2_000))")
    }
  }
}
