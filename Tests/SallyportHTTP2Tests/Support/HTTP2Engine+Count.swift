@testable import SallyportHTTP2

extension HTTP2Engine {
  /// Streams opened and not yet closed, by either side.
  var openStreams: Int { streams.count }
}
