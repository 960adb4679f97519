import SallyportCore
import SallyportSecrets

/// A secret that a job may have, and where it comes from.
struct GrantedSecret: Hashable, Sendable {
  let secret: JobSecret
  /// As it was when the job was admitted.
  let source: SecretSource
}
