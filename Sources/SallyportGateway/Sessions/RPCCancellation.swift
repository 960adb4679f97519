import GRPCCore

/// Calls `handler` when the call that the current task is part of is abandoned by its caller, or its
/// connection is to end. Returns when the task is cancelled: for a child task beside the work.
func onRPCCancellation(_ handler: @escaping @Sendable () -> Void) async {
  await withRPCCancellationHandler {
    // Nothing is ever said here: what ends the loop is that the task is cancelled. A timer, however
    // far off, would wake a thread for every call that watches.
    let (silence, _) = AsyncStream.makeStream(of: Never.self)
    for await _ in silence {}
  } onCancelRPC: {
    handler()
  }
}
