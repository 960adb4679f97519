import Glibc

/// This host's name, for people.
package enum HostName {
  package static var current: String {
    var buffer = [CChar](repeating: 0, count: 256)
    let failed = gethostname(&buffer, buffer.count - 1) != 0
    let name = String(
      decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return failed || name.isEmpty ? "unnamed" : name
  }
}
