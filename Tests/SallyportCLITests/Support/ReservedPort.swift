import Glibc
import NIOCore

/// A port of the loopback where nobody listens, and that the kernel gives to nobody: neither to a
/// listener that wants any, nor to a client as its own, which could even connect to itself there.
final class ReservedPort: Sendable {
  let number: Int
  private let descriptor: CInt

  init() throws {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
    do {
      var isOn: CInt = 1
      let size = socklen_t(MemoryLayout<CInt>.size)
      guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, size) == 0 else {
        throw IOError(errnoCode: errno, reason: "setsockopt")
      }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = withUnsafeMutableBytes(of: &address) { bytes in
        guard let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress else {
          return false
        }
        return bind(descriptor, pointer, length) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
      guard isBound else { throw IOError(errnoCode: errno, reason: "bind") }
      number = Int(UInt16(bigEndian: address.sin_port))
      self.descriptor = descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }
}
