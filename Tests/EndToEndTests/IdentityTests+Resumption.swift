import FoundationEssentials
import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportIdentity
import Testing

/// A resumed session gives nobody more than a certificate would (RFC 8446, section 2.2).
extension IdentityTests {
  private struct Answer {
    var isReused: Bool
    var status: String?
    var text: String
  }

  /// Calls as the worker `worker-1`, with openssl's own client.
  private func call(
    _ stack: Stack, _ endpoint: String, resuming session: String? = nil, keeping kept: String? = nil
  ) async throws -> Answer {
    let file = "\(stack.data)/request"
    let (http2, bytes) = try call("sallyport.worker.v1.WorkerService/FinishAttempt")
    try bytes.write(to: URL(filePath: file))
    var options: [String] = []
    if let session { options += ["-sess_in", session] }
    if let kept { options += ["-sess_out", kept] }
    let openssl = """
      exec timeout 20 openssl s_client -connect "$1" -servername localhost -tls1_3 -alpn h2 \
        -CAfile "$2/gateway-ca.pem" -cert "$2/certificate.pem" -key "$2/key.pem" -ign_eof \
        "${@:4}" < "$3"
      """
    let result = try await stack.executables.run(
      "/bin/bash",
      ["-c", openssl, "bash", endpoint, "\(stack.data)/worker-1/identity", file] + options)
    let said = String(decoding: result.output, as: UTF8.self) + result.errorText
    return Answer(
      isReused: said.contains("Reused, TLSv1.3"), status: status(in: result.output, of: http2),
      text: said)
  }

  /// The answer follows what openssl says of the handshake.
  private func status(in output: [UInt8], of http2: HTTP2Engine) -> String? {
    // SETTINGS come first: a length, type 4, no flags, stream 0.
    guard
      let type = output.indices.first(where: { output[$0...].starts(with: [4, 0, 0, 0, 0, 0]) }),
      type >= 3
    else { return nil }
    // What openssl says at the end is not HTTP/2.
    try? http2.receive(ByteBuffer(bytes: output[(type - 3)...]))
    while let event = http2.nextEvent() {
      switch event {
      case .headers(_, let fields, _), .trailers(_, let fields):
        if let field = fields.first(where: { $0.name == "grpc-status" }) { return field.value }
      default: break
      }
    }
    return nil
  }

  @Test func aResumedSessionOpensNothingThatACertificateWouldNot() async throws {
    try await Stack.with { stack in
      let endpoints = await stack.endpoints
      let session = "\(stack.data)/session"
      let first = try await call(stack, endpoints.agents, keeping: session)
      #expect(!first.isReused)
      // 3: who calls is known, and the message is empty.
      #expect(first.status == "3", "\(first.text)")
      let second = try await call(stack, endpoints.agents, resuming: session)
      #expect(second.isReused, "\(second.text)")
      #expect(second.status == "3", "\(second.text)")
      // Another listener does not know it, and its own rules say no to the certificate.
      let elsewhere = try await call(stack, endpoints.operatorAPI, resuming: session)
      #expect(!elsewhere.isReused)
      #expect(elsewhere.status == nil)
      #expect(elsewhere.text.contains("alert"), "\(elsewhere.text)")
      let uri = try #require(try stack.outerCredentials(of: "worker-1").leaf.spiffeID).uri
      let id = String(uri.split(separator: "/").last ?? "")
      let revoked = try await stack.sallyport("worker", "revoke", id, "--reason", "stolen")
      #expect(revoked.status == 0, "\(revoked.errorText)")
      let third = try await call(stack, endpoints.agents, resuming: session)
      // 7: PERMISSION_DENIED.
      #expect(third.status == "7", "\(third.text)")
    }
  }
}
