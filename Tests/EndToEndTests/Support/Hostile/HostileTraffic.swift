import NIOCore
import SallyportHTTP2
import Synchronization

/// What a gateway sees of all connections that it passes on: header fields and data of every stream,
/// in both directions.
final class HostileTraffic: Sendable {
  private let seen = Mutex<[UInt8]>([])

  var bytes: [UInt8] { seen.withLock { $0 } }

  func record(_ data: ByteBuffer) {
    seen.withLock { $0.append(contentsOf: data.readableBytesView) }
  }

  func record(_ fields: [HeaderField]) {
    let lines = fields.map { "\($0.name): \($0.value)\n" }.joined()
    seen.withLock { $0.append(contentsOf: lines.utf8) }
  }
}
