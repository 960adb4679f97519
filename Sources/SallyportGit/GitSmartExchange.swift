/// Carries the requests of a fetch to a Git server.
package protocol GitSmartExchange: Sendable {
  /// Performs one request and writes the whole body of its response to `response`.
  ///
  /// Returning says that the body is complete. Throwing says that it is not, or that the request
  /// was refused, and fails the fetch with that error. Where the fetch needs no more of the body,
  /// or is cancelled, the task is cancelled and ``GitResponseSink/write(_:)`` throws.
  func perform(_ request: GitSmartRequest, response: GitResponseSink) async throws
}
