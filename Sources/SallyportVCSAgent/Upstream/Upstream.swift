package import SallyportRelay

/// A place where repositories are: a Git server or a directory.
package protocol Upstream: Sendable {
  /// Performs one request and sends the whole response to `response`, without finishing it.
  ///
  /// - Throws: ``RequestRefusal`` before the response is started; any error after that, which
  ///   resets it.
  func serve(
    _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
  ) async throws
}
