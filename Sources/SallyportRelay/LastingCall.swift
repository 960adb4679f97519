package import GRPCCore

/// A call that may outlast its handler: for one that waits for most of its time.
///
/// gRPC serves a call in a task, which keeps the most memory that it has ever needed for as long as it
/// waits. A handler that calls ``outlastHandler(whenLeft:)`` and returns leaves a call without a task, which
/// goes on until ``end(_:)``: what arrives is told to a closure, and what takes longer is done in a task
/// that ends with it.
package protocol LastingCall: Sendable {
  /// From now on the call is over with ``end(_:)``, and not with its handler, which must not read or
  /// write any more and must not fail.
  ///
  /// - Parameter whenLeft: Called, from any thread, when the caller has abandoned the call or its
  ///   connection is to end; at once where that has happened.
  func outlastHandler(whenLeft: @escaping @Sendable () -> Void)

  /// Takes the next message of the request, which opens the caller's window for it. One at a time.
  ///
  /// - Parameter body: Called once: with a message, with nil at the request's end, or with what the
  ///   stream or the connection failed with. At once, or on the connection's event loop; must not block.
  func receive<Deserializer: MessageDeserializer>(
    _ deserializer: Deserializer,
    _ body: @escaping @Sendable (Result<Deserializer.Message?, any Error>) -> Void)

  /// Sends a message, in the order of the calls.
  ///
  /// - Returns: False where as much is queued as should be; then ``waitForRoom()`` before the next.
  /// - Throws: Where the stream is gone, or the message cannot be serialised.
  func send<Serializer: MessageSerializer>(
    _ message: Serializer.Message, _ serializer: Serializer
  ) throws -> Bool

  /// - Throws: Where the stream is gone.
  func waitForRoom() async throws

  /// Ends the call, the first time: with status `OK` where there is no error.
  func end(_ error: RPCError?)

  /// Calls `body` soon, never inside this call, where the connection's tasks run. It must not block.
  func run(_ body: @escaping @Sendable () -> Void)

  /// Runs `body` in a task there. The listener waits for it when it stops.
  func perform(_ body: @escaping @Sendable () async -> Void)
}
