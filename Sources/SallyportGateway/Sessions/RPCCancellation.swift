import GRPCCore

/// Calls `handler` when the call that the current task is part of is abandoned by its caller, or its
/// connection is to end. Returns when the task is cancelled: for a child task beside the work.
func onRPCCancellation(_ handler: @escaping @Sendable () -> Void) async {
  await withRPCCancellationHandler {
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
  } onCancelRPC: {
    handler()
  }
}
