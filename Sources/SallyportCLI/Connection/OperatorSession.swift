package import GRPCCore
package import SallyportConfig
import SallyportCore
package import SallyportProtos

/// A profile with the means to call its gateway.
package struct OperatorSession: Sendable {
  package let profile: OperatorProfile
  package let context: CommandContext
  /// Deadline of one unary call.
  package let callTimeout: Duration

  package init(profile: OperatorProfile, context: CommandContext, callTimeout: Duration) {
    self.profile = profile
    self.context = context
    self.callTimeout = callTimeout
  }

  /// Connections that a call is tried on where each ends before it takes the call.
  private static let maximumConnections = 5

  /// Makes unary calls on a connection of their own, and on another one where that takes no call, as
  /// the connection of a gateway does that is being replaced by its successor.
  ///
  /// - Parameters:
  ///   - explain: Makes a report of an `RPCError`; nil for ``report(_:)``.
  ///   - body: Run again from its beginning where one of its calls was not sent: of several calls,
  ///     all but the last only read.
  /// - Throws: ``ErrorReport`` that says what to do next, in the place of an `RPCError`.
  package func call<Result: Sendable>(
    explain: ((RPCError) -> ErrorReport)? = nil,
    _ body: @Sendable (any OperatorClient, CallOptions) async throws -> Result
  ) async throws -> Result {
    var options = CallOptions.defaults
    options.timeout = callTimeout
    options.waitForReady = false
    let ready = options
    var connections = 0
    while true {
      connections += 1
      do {
        return try await context.connector.withClient(profile) { client in
          try await body(client, ready)
        }
      } catch let error as RPCError {
        if error.cause is CallNotSent, connections < Self.maximumConnections { continue }
        throw explain?(error) ?? report(error)
      }
    }
  }

  /// The job as it is now.
  package func job(_ id: String) async throws -> Sallyport_Operator_V1_Job {
    var request = Sallyport_Operator_V1_GetJobRequest()
    request.jobID = id
    let message = request
    return try await call { client, options in
      try await client.getJob(message, options: options)
    }
  }

  package func report(_ error: RPCError) -> ErrorReport {
    ErrorReport(error, endpoint: profile.endpoint, callTimeout: callTimeout)
  }
}
