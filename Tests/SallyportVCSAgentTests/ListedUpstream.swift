import HTTPTypes
import NIOCore
import SallyportRelay
import Synchronization

@testable import SallyportVCSAgent

/// An upstream of protocol version 0 that shows these refs, and sends the same pack for whatever is
/// asked.
final class ListedUpstream: Upstream {
  private let refs: [(name: String, id: String)]
  private let count = Mutex(0)

  init(_ refs: [(name: String, id: String)]) { self.refs = refs }

  /// Packs that were sent.
  var packs: Int { count.withLock { $0 } }

  func serve(
    _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
  ) async throws {
    for try await _ in body {}
    try await response.start(HTTPResponse(status: .ok))
    guard request.path.resource == .uploadPack else {
      var lines = refs.map { "\($0.id) \($0.name)" }
      if !lines.isEmpty {
        lines[0] = "\(refs[0].id) \(refs[0].name)\0ofs-delta agent=git/2.39"
      }
      return try await response.write(
        ByteBuffer(
          bytes: [UInt8].pktLines(["# service=git-upload-pack", "0000"] + lines + ["0000"])))
    }
    count.withLock { $0 += 1 }
    try await response.write(ByteBuffer(bytes: [UInt8].pktLines("NAK") + Array("PACK".utf8)))
  }
}
