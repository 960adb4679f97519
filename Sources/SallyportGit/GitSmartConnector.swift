/// Opens the way on which a checkout's requests go.
package protocol GitSmartConnector: Sendable {
  /// Calls `body` once with an exchange that works until `body` returns.
  ///
  /// Called with the first request of a checkout, that is, once the checkout has waited for others of
  /// the same repository. Where it throws, every request that has not ended fails with that error.
  func withExchange(
    _ body: @escaping @Sendable (any GitSmartExchange) async throws -> Void
  ) async throws
}
