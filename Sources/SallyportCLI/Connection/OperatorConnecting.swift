package import SallyportProtos

/// What commands see of the gateway's operator API, whatever carries it.
package typealias OperatorClient = Sallyport_Operator_V1_OperatorService.ClientProtocol

/// Makes connections to a gateway's operator listener.
package protocol OperatorConnecting: Sendable {
  /// Connects, runs `body`, and closes the connection.
  ///
  /// - Throws: What `body` throws; `RPCError` with code `unavailable` where the gateway cannot be
  ///   reached; an error that names the file for credentials that cannot be used.
  func withClient<Result: Sendable>(
    _ profile: OperatorProfile,
    _ body: @Sendable (any OperatorClient) async throws -> Result
  ) async throws -> Result
}
