import SallyportRelay
import Synchronization

@testable import SallyportVCSAgent

/// Passes requests on and remembers which there were.
final class TappedUpstream: Upstream {
  private let base: any Upstream
  private let state = Mutex<[UpstreamRequest]>([])

  init(_ base: any Upstream) { self.base = base }

  var requests: [UpstreamRequest] { state.withLock { $0 } }

  func serve(
    _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
  ) async throws {
    state.withLock { $0.append(request) }
    try await base.serve(request, body: body, response: response)
  }
}
