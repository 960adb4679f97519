import SallyportCore
import X509

/// Everything about a leaf certificate that the issuer decides.
struct LeafProfile {
  /// What the certificate is good for on the wire.
  enum Usage { case client, server }

  var spiffeID: SPIFFEID
  /// For people who read a certificate; nothing is decided by it. At most 64 bytes.
  var commonName: String
  var usage: Usage
  var serverNames = ServerNames()
  var lifetime: Duration
}
