import Glibc

/// Which run of the machine this is: process ids and start times mean nothing across a reboot.
enum BootID {
  static let current: String = {
    guard let file = try? FileDescriptor.open("/proc/sys/kernel/random/boot_id", O_RDONLY),
      let bytes = try? file.read(upTo: 64, "read the boot id")
    else { return "" }
    return String(decoding: bytes.filter { $0 > 32 }, as: UTF8.self)
  }()
}
