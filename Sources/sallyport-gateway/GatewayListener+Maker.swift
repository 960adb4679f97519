import GRPCCore
import Logging
import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportIdentity
import SallyportRelay
import SallyportTLS
import SallyportTransport

extension GatewayListener {
  /// What the listeners of one gateway have in common.
  struct Maker {
    let values: ConfigValues
    let startup: Startup
    let certificate: ServerCertificate
    let ca: GatewayCA
    let refusals: RefusedPeers
    let metrics: ListenerMetrics.Families
    let logger: Logger

    /// - Parameters:
    ///   - roles: Whose certificates are accepted; nil for a listener that asks for none.
    ///   - relays: Nil for a listener that carries none.
    /// - Throws: ``ErrorReport`` where the address cannot be listened on.
    func listener(
      _ name: String, _ settings: ListenerSettings, roles: Set<OuterRole>?,
      services: [any RegistrableRPCService], relays: (any ConnectHandler)? = nil
    ) throws -> GatewayListener {
      let limits = TransportLimits(values)
      let address = HostPort(host: values[settings.host], port: values[settings.port])
      let socket = try startup.socket(name, at: address)
      let transport = SecureServerTransport(
        socket: socket, isAccepting: !startup.awaitsRelease, tls: tls(roles),
        limits: roles == nil ? limits.forAnonymousPeers : limits, connectHandler: relays,
        onRefusedPeer: { [refusals] remote, reason in
          refusals.note(listener: name, remote: remote, reason: reason)
        }, loops: relays == nil ? .apartFromRelays : .shared, metrics: metrics.listener(name),
        logger: logger)
      return GatewayListener(
        name: name, address: address, socket: socket, transport: transport,
        server: GRPCServer(transport: transport, services: services))
    }

    private func tls(_ roles: Set<OuterRole>?) -> TLSConfigurationProvider {
      let verification = roles.map {
        PeerVerifier.outerClient(trustDomain: ca.trustDomain, roles: $0)
      }
      let (certificate, root) = (certificate, ca.certificate)
      return {
        let credentials = certificate.credentials
        return TLSConfiguration(
          role: .server, certificateChain: credentials.chain, privateKey: credentials.privateKey,
          trustRoots: [root], peerCertificate: verification == nil ? .none : .required,
          verifyPeer: verification, resumesSessions: verification != nil)
      }
    }
  }
}
