import ArgumentParser
import GRPCCore
import SallyportConfig
import SallyportCore
import SallyportProtos
import SwiftProtobuf

struct PoolRevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Shut a pool out for good, and with --purge remove all of it.",
    discussion: """
      Its workers or VCS agents are disconnected and have to enroll in another pool; its tokens work no \
      more; jobs that wait are cancelled, and those that run are stopped and lost. Its name is not used \
      again. With --purge, its jobs, logs, secrets, keys, tokens and members are removed, and with them the \
      contexts that were attached to it and to no other pool; nothing brings them back. Goes on in the \
      gateway where this command is ended: run it again to wait for the end.
      """)

  @Argument(help: "Name of the pool.")
  var name: String

  @Option(help: "Why, for the audit log.")
  var reason = ""

  @Flag(help: "Remove all that is of the pool.")
  var purge = false

  @Option(help: ArgumentHelp("With --purge: the pool's name again.", valueName: "name"))
  var confirm: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if purge {
      guard confirm == name else {
        throw ValidationError("--purge needs --confirm with the name of the pool: '\(name)'")
      }
    } else if confirm != nil {
      throw ValidationError("--confirm is for --purge")
    }
  }

  func run() async throws {
    let request = Sallyport_Operator_V1_RevokePoolRequest.with {
      $0.name = name
      $0.reason = reason
      $0.purge = purge
      $0.confirm = confirm ?? ""
    }
    let session = try global.session()
    let pool = try await follow(request, session)
    guard let pool else {
      throw ErrorReport(
        "the gateway did not say how it ended; run the same command again to see",
        exitCode: SallyportCore.ExitCode.failure)
    }
    try await global.show(PoolView(pool))
  }

  /// - Returns: The pool as it was at the end.
  private func follow(
    _ request: Sallyport_Operator_V1_RevokePoolRequest, _ session: OperatorSession
  ) async throws -> Sallyport_Operator_V1_Pool? {
    var options = CallOptions.defaults
    options.waitForReady = false
    let callOptions = options
    do {
      return try await session.context.connector.withClient(session.profile) { client in
        try await client.revokePool(request, options: callOptions) { response in
          var last: Sallyport_Operator_V1_PoolRevocation?
          for try await event in response.messages {
            await tell(event, session.context.console)
            last = event
          }
          guard let last, last.stage == (request.purge ? .purged : .revoked) else { return nil }
          return last.pool
        }
      }
    } catch let error as RPCError {
      throw session.report(error)
    }
  }

  private func tell(_ event: Sallyport_Operator_V1_PoolRevocation, _ console: any Console) async {
    switch event.stage {
    case .revoked:
      await console.note(
        "revoked: \(event.jobsEnded) jobs ended, \(event.membersRevoked) workers or VCS agents shut out"
      )
    case .purging: await console.progress("purging: \(event.table)")
    case .purged, .unspecified, .UNRECOGNIZED: break
    }
  }
}
