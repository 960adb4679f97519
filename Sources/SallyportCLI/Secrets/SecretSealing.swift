import FoundationEssentials
import GRPCCore
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportSealing
import SwiftProtobuf

/// Seals values on this machine and stores them with the gateway.
struct SecretSealing: Sendable {
  let session: OperatorSession
  let key: PoolKey
  let context: ContextName

  /// Two who set one secret at once both get their turn.
  private static let maximumTries = 5

  private var tenant: TenantName { key.certificate.tenant }
  private var pool: PoolName { key.certificate.pool }

  func set(
    _ value: Secret<[UInt8]>, as name: String
  ) async throws -> Sallyport_Operator_V1_Secret {
    var tries = 0
    while true {
      tries += 1
      let version = try await nextVersion(of: name)
      let sealed = try SealedSecret.seal(
        value, to: key,
        as: SealedSecretScope(
          tenant: tenant, pool: pool, context: context, name: name, version: version))
      let request = Sallyport_Operator_V1_SetSecretRequest.with {
        $0.context = context.rawValue
        $0.pool = pool.rawValue
        $0.name = name
        $0.version = version
        $0.sealed = Data(sealed.bytes)
      }
      let result: Sallyport_Operator_V1_Secret? = try await session.call { client, options in
        do {
          return try await client.setSecret(request, options: options)
        } catch let error as RPCError where error.code == .aborted {
          return nil
        }
      }
      if let result { return result }
      guard tries < Self.maximumTries else {
        throw ErrorReport(
          "the secret is being set by somebody else: try again",
          exitCode: SallyportCore.ExitCode.failure)
      }
    }
  }

  func list(includeRemoved: Bool) async throws -> [Sallyport_Operator_V1_Secret] {
    let request = Sallyport_Operator_V1_ListSecretsRequest.with {
      $0.context = context.rawValue
      $0.pool = pool.rawValue
      $0.includeRemoved = includeRemoved
    }
    return try await session.call { client, options in
      try await client.listSecrets(request, options: options)
    }.secrets
  }

  private func nextVersion(of name: String) async throws -> UInt64 {
    let last = try await list(includeRemoved: true).filter { $0.name == name }.map(\.version).max()
    let (next, overflow) = (last ?? 0).addingReportingOverflow(1)
    guard !overflow else {
      throw ErrorReport(
        "the gateway says that the secret has no next version",
        exitCode: SallyportCore.ExitCode.dataError)
    }
    return next
  }
}
