import FoundationEssentials
package import GRPCCore
import SallyportProtos

/// What the gateway answers to a renewal.
package struct RenewedCertificate: Sendable, Hashable {
  /// DER, leaf first.
  package var chain: [[UInt8]]
  /// DER.
  package var gatewayCA: [[UInt8]]

  package init(chain: [[UInt8]], gatewayCA: [[UInt8]]) {
    self.chain = chain
    self.gatewayCA = gatewayCA
  }

  /// Calls `IdentityService.Renew`.
  ///
  /// - Parameter timeout: How long the gateway may take to answer.
  package static func request(
    csr: [UInt8], over client: GRPCClient<some ClientTransport>,
    timeout: Duration = .seconds(30)
  ) async throws -> RenewedCertificate {
    var message = Sallyport_Identity_V1_RenewRequest()
    message.csrDer = Data(csr)
    var options = CallOptions.defaults
    options.timeout = timeout
    let response = try await Sallyport_Identity_V1_IdentityService.Client(wrapping: client)
      .renew(message, options: options)
    return RenewedCertificate(
      chain: response.certificateChainDer.map(Array.init),
      gatewayCA: response.gatewayCaDer.map(Array.init))
  }
}
