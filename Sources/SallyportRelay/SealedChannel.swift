package import HTTPTypes
package import NIOCore
package import SallyportCore

/// A body that arrives in pieces. Asking for the next piece is what opens the sender's window;
/// the sequence throws ``RelayError`` where the body is cut short.
package typealias SealedBody = any AsyncSequence<ByteBuffer, any Error> & Sendable

/// A CONNECT that a worker or agent sends.
package struct RelayRequest: Sendable, Hashable {
  /// `<vcs-pool>.vcs.sallyport` from a worker, `<relay-id>.relay.sallyport` from an agent.
  package var authority: String
  /// A worker names its attempt here: `sallyport-job` and `sallyport-epoch`.
  package var headers: HTTPFields

  package init(authority: String, headers: HTTPFields = HTTPFields()) {
    self.authority = authority
    self.headers = headers
  }
}

/// Opens sealed channels: the worker's side.
package protocol SealedDialer: Sendable {
  /// Opens a relay, makes the sealed channel inside it and closes both when `body` returns.
  ///
  /// - Throws: ``RelayError`` where the gateway refuses the relay or the seal fails.
  func withSealedChannel<Result: Sendable>(
    _ request: RelayRequest,
    _ body: (any SealedChannel) async throws -> Result
  ) async throws -> Result
}

/// TLS 1.3 + HTTP/2 to a VCS agent, end to end: the gateway carries its ciphertext only.
package protocol SealedChannel: Sendable {
  /// The VCS agent, verified against the customer's trust root.
  var peer: PeerIdentity { get }

  /// Sends one request and hands its response to `body`. The stream is reset where `body` returns
  /// before the response has ended. Several exchanges may run at once.
  ///
  /// - Parameter requestBody: Sent piece by piece as the peer's window allows; nil for none.
  func withExchange<Result: Sendable>(
    _ request: HTTPRequest, requestBody: SealedBody?,
    _ body: (HTTPResponse, SealedBody) async throws -> Result
  ) async throws -> Result
}

/// Serves sealed channels: the VCS agent's side.
package protocol SealedServer: Sendable {
  /// Opens the agent's leg of a relay and serves requests inside it until the worker closes it.
  ///
  /// - Throws: ``RelayError`` where the relay could not be opened, was cut, or the seal failed.
  func serve(_ request: RelayRequest, handler: any SealedHandler) async throws
}

/// Answers the requests of a sealed channel.
package protocol SealedHandler: Sendable {
  /// Called in a task of its own for each request; cancelled when the request is reset. Throwing,
  /// or returning before ``SealedResponder/finish()``, resets the stream: a response that did not
  /// finish is never taken for a whole one.
  ///
  /// - Parameter peer: The worker, verified against the customer's trust root.
  func handle(
    _ request: HTTPRequest, body: SealedBody, from peer: PeerIdentity,
    response: any SealedResponder
  ) async throws
}

/// Sends one response: the head, pieces of the body, the end.
package protocol SealedResponder: Sendable {
  func start(_ response: HTTPResponse) async throws
  /// Returns once the piece is on its way and there is room for more.
  func write(_ piece: ByteBuffer) async throws
  func finish() async throws
}
