import Glibc

/// The connection between a worker and a supervisor, close-on-exec at both ends.
struct SocketPair {
  let ours: FileDescriptor
  let theirs: FileDescriptor

  init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .last("make a socket pair") }
    ours = FileDescriptor(owning: ends[0])
    theirs = FileDescriptor(owning: ends[1])
  }
}
