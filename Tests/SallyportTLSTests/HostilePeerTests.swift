import COpenSSL
import NIOCore
import SallyportTLS
import SallyportTestSupport
import Testing

/// Peers that are not one of our engines: other TLS, other protocols, other intentions.
@Suite struct HostilePeerTests {
  private func serverEngine(_ world: TestWorld) throws -> TLSEngine {
    try TLSContext(world.serverConfiguration()).makeEngine(serverName: nil)
  }

  /// Runs both sides until neither has anything to say.
  private func connect(_ raw: RawPeer, _ engine: TLSEngine, _ input: inout ByteBuffer) -> TLSError?
  {
    var error: TLSError?
    while true {
      _ = raw.handshake()
      if error == nil { error = EnginePair.advance(engine, &input) }
      let toEngine = raw.takeOutbound()
      let toRaw = engine.takeOutbound()
      if let toEngine { engine.receive(toEngine) }
      raw.receive(toRaw)
      if toEngine == nil, toRaw == nil { return error }
    }
  }

  @Test func plainOpenSSLIsUnderstoodAsClient() throws {
    let world = try TestWorld()
    let raw = try RawPeer(.client, world.client, setup: RawPeer.offerH2)
    let engine = try serverEngine(world)
    var input = ByteBuffer()
    #expect(connect(raw, engine, &input) == nil)
    #expect(raw.write(Array("hello".utf8)))
    #expect(connect(raw, engine, &input) == nil)
    #expect(input == ByteBuffer(string: "hello"))
    try engine.write(ByteBuffer(string: "good day"))
    raw.receive(engine.takeOutbound())
    #expect(raw.read() == Array("good day".utf8))
    #expect(SSL_session_reused(raw.ssl) == 0)
    // Without a ticket there is nothing to resume with.
    #expect(SSL_SESSION_is_resumable(SSL_get_session(raw.ssl)) == 0)
  }

  @Test func plainOpenSSLIsUnderstoodAsServer() throws {
    let world = try TestWorld()
    // Its two session tickets arrive behind the handshake, and are of no interest.
    let raw = try RawPeer(.server, world.server) { context in
      SSL_CTX_set_alpn_select_cb(context, selectAnything, nil)
    }
    let engine = try TLSContext(world.clientConfiguration()).makeEngine(serverName: "gateway.test")
    var input = ByteBuffer()
    #expect(connect(raw, engine, &input) == nil)
    #expect(raw.write(Array("hello".utf8)))
    #expect(connect(raw, engine, &input) == nil)
    #expect(input == ByteBuffer(string: "hello"))
  }

  @Test func aClientWithoutALPNIsRefused() throws {
    let world = try TestWorld()
    let raw = try RawPeer(.client, world.client)
    var input = ByteBuffer()
    let error = connect(raw, try serverEngine(world), &input)
    #expect(error?.message == "the client offered no application protocol of: h2")
    #expect(raw.receivedAlert == TLSAlert.noApplicationProtocol.rawValue)
  }

  @Test func aServerWithoutALPNIsRefused() throws {
    let world = try TestWorld()
    let raw = try RawPeer(.server, world.server)
    let engine = try TLSContext(world.clientConfiguration()).makeEngine(serverName: nil)
    var input = ByteBuffer()
    let error = connect(raw, engine, &input)
    #expect(error?.code == .handshakeFailed)
    #expect(
      error?.message == "the server agreed to no application protocol; expected one of: h2")
    #expect(engine.peer == nil)
    #expect(engine.negotiatedProtocol == nil)
  }

  @Test func aServerThatPicksWhatWasNotOfferedIsRefused() throws {
    let world = try TestWorld()
    let raw = try RawPeer(.server, world.server) { context in
      SSL_CTX_set_alpn_select_cb(context, selectUnoffered, nil)
    }
    let engine = try TLSContext(world.clientConfiguration()).makeEngine(serverName: nil)
    var input = ByteBuffer()
    #expect(connect(raw, engine, &input)?.code == .handshakeFailed)
    #expect(engine.negotiatedProtocol == nil)
  }

  @Test func olderTLSIsRefused() throws {
    let world = try TestWorld()
    let client = try RawPeer(.client, world.client) { context in
      RawPeer.offerH2(context)
      sallyport_SSL_CTX_set_protocol_versions(context, TLS1_2_VERSION)
    }
    var input = ByteBuffer()
    let error = connect(client, try serverEngine(world), &input)
    #expect(error?.message == "the client does not offer TLS 1.3")
    #expect(client.receivedAlert == TLSAlert.protocolVersion.rawValue)

    let server = try RawPeer(.server, world.server) { context in
      sallyport_SSL_CTX_set_protocol_versions(context, TLS1_2_VERSION)
    }
    let engine = try TLSContext(world.clientConfiguration()).makeEngine(serverName: nil)
    let refusal = connect(server, engine, &input)
    #expect(refusal?.code == .handshakeFailed)
    #expect(refusal?.receivedAlert == .protocolVersion)
  }

  @Test func otherCipherSuitesAreRefused() throws {
    let world = try TestWorld()
    let raw = try RawPeer(.client, world.client) { context in
      RawPeer.offerH2(context)
      SSL_CTX_set_ciphersuites(context, "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256")
    }
    var input = ByteBuffer()
    #expect(connect(raw, try serverEngine(world), &input)?.code == .handshakeFailed)
    #expect(raw.receivedAlert == TLSAlert.handshakeFailure.rawValue)
  }

  @Test(arguments: [
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
  ])
  func eachCipherSuiteWorks(name: String) throws {
    let world = try TestWorld()
    let raw = try RawPeer(.client, world.client) { context in
      RawPeer.offerH2(context)
      SSL_CTX_set_ciphersuites(context, name)
    }
    let engine = try serverEngine(world)
    var input = ByteBuffer()
    #expect(connect(raw, engine, &input) == nil)
    #expect(engine.cipherSuite == name)
  }

  @Test func keyUpdatesAreAnsweredAndBounded() throws {
    let world = try TestWorld()
    let raw = try RawPeer(.client, world.client, setup: RawPeer.offerH2)
    let engine = try serverEngine(world)
    var input = ByteBuffer()
    #expect(connect(raw, engine, &input) == nil)
    for _ in 0..<100 {
      SSL_key_update(raw.ssl, SSL_KEY_UPDATE_REQUESTED)
      #expect(raw.write([1]))
      #expect(connect(raw, engine, &input) == nil)
      #expect(raw.read().isEmpty)
    }
    #expect(input.readableBytes == 100)
    var error: TLSError?
    for _ in 0..<2_000 where error == nil {
      SSL_key_update(raw.ssl, SSL_KEY_UPDATE_REQUESTED)
      _ = raw.write([1])
      error = connect(raw, engine, &input)
      _ = raw.read()
    }
    #expect(error?.code == .protocolViolation)
    #expect(error?.message == "the client sent more than 1024 handshake messages")
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: gateway\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2p1\r\n", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
    "CONNECT relay:443 HTTP/1.1\r\n\r\n",
  ])
  func otherProtocolsAreRefused(opening: String) throws {
    let engine = try serverEngine(TestWorld())
    engine.receive(ByteBuffer(string: opening))
    let error = #expect(throws: TLSError.self) { try engine.handshake() }
    #expect(error?.code == .handshakeFailed)
    #expect(error?.message == "the client does not speak TLS")
  }

  @Test func recordsAreBounded() throws {
    // A handshake record that announces more than 2^14 bytes (RFC 8446, section 5.1).
    let oversized = try serverEngine(TestWorld())
    oversized.receive(ByteBuffer(bytes: [22, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xff]))
    #expect(throws: TLSError.self) { try oversized.handshake() }

    // Records without content do not keep a handshake busy.
    let empty = try serverEngine(TestWorld())
    empty.receive(ByteBuffer(bytes: (0..<1_000).flatMap { _ in [22, 3, 1, 0, 0] as [UInt8] }))
    #expect(throws: TLSError.self) { try empty.handshake() }
  }

  @Test func aHandshakeMessageIsBounded() throws {
    // A ClientHello that announces 16 MiB of itself.
    let engine = try serverEngine(TestWorld())
    engine.receive(ByteBuffer(bytes: [22, 3, 1, 0, 6, 1, 0xff, 0xff, 0xff, 3, 3]))
    let error = #expect(throws: TLSError.self) { try engine.handshake() }
    #expect(error?.code == .handshakeFailed)
  }
}

private func selectAnything(
  _: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ length: UnsafeMutablePointer<UInt8>?, _ offer: UnsafePointer<UInt8>?, _: UInt32,
  _: UnsafeMutableRawPointer?
) -> Int32 {
  guard let offer else { return SSL_TLSEXT_ERR_NOACK }
  length?.pointee = offer.pointee
  selected?.pointee = offer + 1
  return SSL_TLSEXT_ERR_OK
}

/// The last byte of the offer, as a protocol name of its own: `2`.
private func selectUnoffered(
  _: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ length: UnsafeMutablePointer<UInt8>?, _ offer: UnsafePointer<UInt8>?, _ offerLength: UInt32,
  _: UnsafeMutableRawPointer?
) -> Int32 {
  guard let offer else { return SSL_TLSEXT_ERR_NOACK }
  length?.pointee = 1
  selected?.pointee = offer + Int(offerLength) - 1
  return SSL_TLSEXT_ERR_OK
}
