package import GRPCCore
package import SallyportConfig
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

  /// Makes unary calls on a connection of their own.
  ///
  /// - Parameter explain: Makes a report of an `RPCError`; nil for ``report(_:)``.
  /// - Throws: ``ErrorReport`` that says what to do next, in the place of an `RPCError`.
  package func call<Result: Sendable>(
    explain: ((RPCError) -> ErrorReport)? = nil,
    _ body: @Sendable (any OperatorClient, CallOptions) async throws -> Result
  ) async throws -> Result {
    var options = CallOptions.defaults
    options.timeout = callTimeout
    options.waitForReady = false
    let ready = options
    do {
      return try await context.connector.withClient(profile) { client in
        try await body(client, ready)
      }
    } catch let error as RPCError {
      throw explain?(error) ?? report(error)
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
