import SallyportCore
package import SallyportTLS
import Synchronization

/// Gives the newest TLS configuration: called for every new connection, so that a renewed
/// certificate is used from the next connection on and live streams are not touched.
///
/// Called on event loops and tasks: read the files elsewhere and return what was read last.
package typealias TLSConfigurationProvider = @Sendable () throws -> TLSConfiguration

/// Compiles what a provider gives, and again only where certificates, key or roots have changed.
final class TLSConfigurationSource: Sendable {
  private struct Compiled {
    var configuration: TLSConfiguration
    var context: TLSContext
  }

  private let provider: TLSConfigurationProvider
  private let compiled = Mutex<Compiled?>(nil)

  init(_ provider: @escaping TLSConfigurationProvider) { self.provider = provider }

  /// - Throws: What the provider throws, or `TLSError` where the configuration is not usable.
  func context() throws -> TLSContext {
    let configuration = try provider()
    let current = compiled.withLock { $0 }
    if let current, Self.isSame(current.configuration, configuration) { return current.context }
    let context = try TLSContext(configuration)
    compiled.withLock { $0 = Compiled(configuration: configuration, context: context) }
    return context
  }

  /// The last one that was usable, for listeners: a renewal that went wrong does not stop them.
  func lastContext() -> TLSContext? { compiled.withLock { $0?.context } }

  private static func isSame(_ left: TLSConfiguration, _ right: TLSConfiguration) -> Bool {
    left.role == right.role && left.certificateChain == right.certificateChain
      && left.trustRoots == right.trustRoots
      && left.applicationProtocols == right.applicationProtocols
      && left.peerCertificate == right.peerCertificate
      && left.resumesSessions == right.resumesSessions
      && isSameKey(left.privateKey, right.privateKey)
  }

  private static func isSameKey(_ left: Secret<[UInt8]>?, _ right: Secret<[UInt8]>?) -> Bool {
    switch (left, right) {
    case (nil, nil): true
    case (let left?, let right?):
      left.withValue { left in
        right.withValue { right in Self.isOne(left, right) || constantTimeEqual(left, right) }
      }
    default: false
    }
  }

  /// Whether both are the same bytes in memory, which is so from one connection to the next.
  private static func isOne(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        left.count == right.count && left.baseAddress == right.baseAddress
      }
    }
  }
}
