/// Runs `body` in a child task, and waits for it.
///
/// A task keeps the memory that its calls have ever needed at once until it ends. Where it then waits
/// for as long as a session lasts, what is done only now and then is done in another.
func inSeparateTask<Value: Sendable>(
  _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  async let value = body()
  return try await value
}
