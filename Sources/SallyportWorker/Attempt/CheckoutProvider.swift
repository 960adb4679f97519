package import SallyportRelay

/// Fetches a repository through a sealed channel and checks one commit out.
package protocol CheckoutProvider: Sendable {
  /// Opens a sealed channel and calls its argument with it, once.
  typealias OpenChannel =
    @Sendable (
      _ body: @escaping @Sendable (any SealedChannel) async throws -> Void
    ) async throws -> Void

  /// - Parameters:
  ///   - directory: An empty directory.
  ///   - open: To be called when there is something to fetch, because a channel that waits is one
  ///     that others cannot have.
  ///   - progress: Takes lines for the attempt's log; to be called on threads that may block.
  /// - Throws: Anything; its description goes into the attempt's reason. Where the channel failed,
  ///   what `open` threw, or an error that ``isTransient(_:)`` knows: the checkout is tried again.
  func checkOut(
    _ specification: CheckoutSpecification, into directory: String,
    through open: @escaping OpenChannel, progress: @escaping @Sendable (String) -> Void
  ) async throws -> CheckedOut

  /// Whether an error of ``checkOut(_:into:through:progress:)`` came from the channel, not from the
  /// repository.
  func isTransient(_ error: any Error) -> Bool
}
