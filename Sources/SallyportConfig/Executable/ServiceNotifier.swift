import Glibc

/// Tells the service manager how the process does: systemd's notification protocol, without its
/// library (`sd_notify(3)`).
///
/// Without effect where nobody asked for it, that is where `NOTIFY_SOCKET` is not set.
package struct ServiceNotifier: Sendable {
  private let path: String?

  package init(environment: [String: String]) {
    path = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
  }

  package func ready() { send(["READY=1"]) }

  package func stopping() { send(["STOPPING=1"]) }

  /// To be followed by ``ready()`` or ``replaced(by:)``.
  package func reloading() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    send(["RELOADING=1", "MONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1_000)"])
  }

  /// The service goes on as another process; nothing is heard from this one any more.
  package func replaced(by process: Int32) { send(["MAINPID=\(process)", "READY=1"]) }

  /// Sends what there is to say at once, so that it counts together. A manager that cannot be told
  /// changes nothing about the work.
  private func send(_ lines: [String]) {
    guard let path else { return }
    let descriptor = socket(
      AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard let address = Self.address(path) else { return }
    let text = Array(lines.joined(separator: "\n").utf8)
    withUnsafeBytes(of: address.value) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { addresses in
        guard let start = addresses.baseAddress else { return }
        _ = sendto(
          descriptor, text, text.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT),
          start, address.size)
      }
    }
  }

  /// An `@` stands for the zero byte with which an abstract address begins (`unix(7)`).
  private static func address(_ path: String) -> (value: sockaddr_un, size: socklen_t)? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < room else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let header = MemoryLayout<sockaddr_un>.size - room
    return (address, socklen_t(header + bytes.count))
  }
}
