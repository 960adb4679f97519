import Glibc
package import NIOCore
import Synchronization

/// A listening TCP socket that this process has made or been given, and can give to another.
///
/// The kernel's queue of connections belongs to the socket and not to a process: while one process
/// hands it to the next, nothing that waits in it is refused.
package final class ListeningSocket: Sendable {
  /// Connections that wait to be accepted; the kernel's `net.core.somaxconn` bounds it as well.
  private static let backlog: CInt = 4_096

  package let address: SocketAddress
  private let descriptor: Mutex<CInt?>

  /// Binds and listens. Resolves the host: blocks.
  ///
  /// - Parameter port: 0 for any free one.
  /// - Throws: `IOError`, or why the host has no address.
  package convenience init(host: String, port: Int) throws {
    let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(CInt(address.protocol.rawValue), type, 0)
    guard descriptor >= 0 else { throw Self.failure("socket") }
    do {
      var isOn: CInt = 1
      let size = socklen_t(MemoryLayout<CInt>.size)
      guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, size) == 0 else {
        throw Self.failure("setsockopt")
      }
      let result = address.withSockAddr { bind(descriptor, $0, socklen_t($1)) }
      guard result == 0 else { throw Self.failure("bind") }
      try self.init(bound: descriptor)
      try listen()
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
  }

  /// Takes over a descriptor that this process was started with.
  ///
  /// - Throws: `IOError` where it is no listening TCP socket.
  package convenience init(inherited descriptor: CInt) throws {
    var isListening: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0 else {
      throw Self.failure("getsockopt")
    }
    guard isListening == 1 else {
      throw IOError(errnoCode: EINVAL, reason: "descriptor \(descriptor) is not a listening socket")
    }
    guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw Self.failure("fcntl") }
    try self.init(bound: descriptor)
  }

  private init(bound descriptor: CInt) throws {
    address = try Self.address(of: descriptor)
    self.descriptor = Mutex(descriptor)
  }

  deinit { close() }

  /// Another descriptor of the same socket, closed on exec, for the caller to close.
  package func duplicate() throws -> CInt {
    try withDescriptor { descriptor in
      let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0 else { throw Self.failure("fcntl") }
      return copy
    }
  }

  /// Sets the length of the queue; the socket may listen already.
  func listen() throws {
    try withDescriptor { descriptor in
      guard Glibc.listen(descriptor, Self.backlog) == 0 else { throw Self.failure("listen") }
    }
  }

  /// The socket goes on for as long as another process, or a duplicate, has it.
  package func close() {
    let open = descriptor.withLock { descriptor in
      defer { descriptor = nil }
      return descriptor
    }
    if let open { _ = Glibc.close(open) }
  }

  private func withDescriptor<Result>(_ body: (CInt) throws -> Result) throws -> Result {
    try descriptor.withLock { descriptor in
      guard let descriptor else {
        throw IOError(errnoCode: EBADF, reason: "the listening socket is closed")
      }
      return try body(descriptor)
    }
  }

  private static func address(of descriptor: CInt) throws -> SocketAddress {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { addresses in
        addresses.baseAddress.map { getsockname(descriptor, $0, &size) } ?? -1
      }
    }
    guard result == 0 else { throw failure("getsockname") }
    let family = CInt(storage.ss_family)
    return try withUnsafeBytes(of: &storage) { bytes in
      switch family {
      case AF_INET: SocketAddress(bytes.load(as: sockaddr_in.self))
      case AF_INET6: SocketAddress(bytes.load(as: sockaddr_in6.self))
      default:
        throw IOError(
          errnoCode: EAFNOSUPPORT, reason: "descriptor \(descriptor) is not a TCP socket")
      }
    }
  }

  private static func failure(_ call: String) -> IOError {
    IOError(errnoCode: errno, reason: call)
  }
}
