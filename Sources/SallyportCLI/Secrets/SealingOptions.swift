import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportSealing
import SwiftProtobuf

/// For whom a secret is sealed, and whom to believe about the pool's key.
struct SealingOptions: ParsableArguments {
  @Option(help: "Context of the secret.")
  var context: String

  @Option(help: "Worker pool whose workers may open it.")
  var pool: String

  @Option(
    name: .customLong("trust-root"),
    help: ArgumentHelp(
      "Certificate of the trust root (root.pem) that certifies the pool's key.",
      discussion: "Default: SALLYPORT_TRUST_ROOT, then trust-root.pem in the operator's directory.",
      valueName: "file"),
    completion: .file(extensions: ["pem"]))
  var trustRoot: String?

  /// Nothing is sealed before the pool's key is known to be the customer's.
  func poolKey(_ session: OperatorSession) async throws -> PoolKey {
    let tenant = try session.tenant()
    let pool = try PoolName(pool)
    let file =
      trustRoot ?? session.context.environment["SALLYPORT_TRUST_ROOT"]
      ?? "\(session.profile.directory)/trust-root.pem"
    let roots = try CertificateFile.load(file)
    let request = Sallyport_Operator_V1_ListPoolKeysRequest.with { $0.pool = pool.rawValue }
    let response = try await session.call { client, options in
      try await client.listPoolKeys(request, options: options)
    }
    let choice = try PoolKeyChoice.choose(
      from: response.keys, tenant: tenant, pool: pool, roots: roots)
    if choice.refused > 0 {
      await session.context.console.note(
        "warning: the gateway has \(choice.refused) keys of pool '\(pool)' that your trust root does "
          + "not certify now; they are not used")
    }
    return choice.key
  }
}
