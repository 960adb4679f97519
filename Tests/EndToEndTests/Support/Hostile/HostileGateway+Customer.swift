extension HostileGateway {
  /// Runs `body` with a stack whose worker and agent know only the hostile gateway, and whose
  /// repository holds canaries.
  static func withCustomer(
    _ body: @Sendable (Stack, HostileGateway, CanaryRepository) async throws -> Void
  ) async throws {
    let canaries = try await CanaryRepository.make()
    defer { canaries.remove() }
    try await Stack.with(.gatewayOnly, repository: canaries.path) { stack in
      try await HostileGateway.with(stack) { gateway in
        try await stack.startCustomer(through: gateway.endpoint)
        try await body(stack, gateway, canaries)
        try await stack.stop(try await stack.worker())
        try await stack.stop(try await stack.agent)
      }
    }
  }
}
